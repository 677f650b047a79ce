import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import { asErrorView, type Platform } from "./types";

/** The app itself, over Tauri's IPC. */
export const platform: Platform = {
  async call(name, args) {
    try {
      return await invoke(name, args);
    } catch (failure) {
      throw asErrorView(failure);
    }
  },
  // On macOS Tauri stands in for this one.
  print: () => window.print(),
  listen: (name, handler) => listen(name, (event) => handler(event.payload as Parameters<typeof handler>[0])),
};
