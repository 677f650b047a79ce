import type { Commands, Events } from "$lib/generated/wire";
import type { CommandName, Platform } from "$lib/platform/types";

/** A command that was called and waits for its answer. */
export interface Call {
  name: CommandName;
  args: Record<string, unknown>;
  answer(value: unknown): Promise<void>;
  fail(error: unknown): Promise<void>;
}

/** A platform whose answers come when the test says so. */
export class FakePlatform implements Platform {
  calls: Call[] = [];
  #listeners = new Map<string, (payload: never) => void>();

  call<K extends CommandName>(name: K, args: Commands[K]["args"]): Promise<Commands[K]["answer"]> {
    return new Promise((resolve, reject) => {
      this.calls.push({
        name,
        args: args,
        answer: async (value) => {
          resolve(value as Commands[K]["answer"]);
          await settled();
        },
        fail: async (error) => {
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- commands reject with an ErrorView
          reject(error);
          await settled();
        },
      });
    });
  }

  listen<K extends keyof Events>(name: K, handler: (payload: Events[K]) => void): Promise<() => void> {
    this.#listeners.set(name, handler);
    return Promise.resolve(() => void this.#listeners.delete(name));
  }

  printed = 0;

  print(): void {
    this.printed++;
  }

  emit<K extends keyof Events>(name: K, payload: Events[K]): void {
    this.#listeners.get(name)?.(payload as never);
  }

  /** The newest call of a command. */
  last(name: CommandName): Call {
    const call = this.calls.findLast((one) => one.name === name);
    if (!call) throw new Error(`${name} was not called`);
    return call;
  }

  named(name: CommandName): Call[] {
    return this.calls.filter((one) => one.name === name);
  }
}

/** Lets every promise that can settle do so. No time passes. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
