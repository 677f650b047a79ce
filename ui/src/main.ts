import "$lib/platform/language";
import { mount } from "svelte";
import { platform } from "$platform";
import App from "./App.svelte";
import "./styles/tokens.scss";
import "./styles/base.css";

const target = document.getElementById("app");
if (target) mount(App, { target, props: { platform } });
