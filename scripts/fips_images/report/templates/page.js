"use strict";
// Conveniences only: without this, the page shows everything.
const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

for (const tools of all("[data-filter]")) {
  const rows = all(tools.dataset.filter);
  const input = tools.querySelector("input");
  const buttons = all("button[data-status]", tools);
  const groups = all(tools.dataset.groups || "none");
  const opened = new Map(groups.map((group) => [group, group.open]));
  const apply = () => {
    const words = input.value.trim().toLowerCase();
    const pressed = buttons.find((button) => button.getAttribute("aria-pressed") === "true");
    const status = pressed ? pressed.dataset.status : "";
    const filtered = Boolean(words || status);
    for (const row of rows) {
      row.hidden = !row.textContent.toLowerCase().includes(words) || Boolean(status && row.dataset.status !== status);
    }
    for (const group of groups) {
      group.hidden = filtered && !all(tools.dataset.filter, group).some((row) => !row.hidden);
      group.open = filtered ? !group.hidden : opened.get(group);
    }
  };
  input.addEventListener("input", apply);
  for (const button of buttons) {
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button && on));
      apply();
    });
  }
  tools.hidden = false;
}

for (const line of all(".command .line")) {
  if (!navigator.clipboard) break;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(line.querySelector("pre").textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  line.append(button);
}

addEventListener("beforeprint", () => { for (const one of all("details")) one.open = true; });
