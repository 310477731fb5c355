import { element } from "../dom.js";

export const show = (root) => root.append(element("input", { type: "search", "aria-label": "Search" }));
