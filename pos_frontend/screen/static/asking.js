// What is asked for, step by step, as it stands over the page; see `prompts` for what is asked.

import { make } from "./make.js";
import { say } from "./words.js";

export function labelOf(prompt) {
  const { step } = prompt;
  return say(step.label, step.values ? step.values(prompt.given) : {});
}

export function promptOf(prompt, state) {
  const titles = { sign_in: "ui.sign_in", open_shift: "ui.open_shift" };
  return {
    title: titles[prompt.name] ? say(titles[prompt.name]) : "",
    label: labelOf(prompt),
    hint: prompt.step.hint ? say(prompt.step.hint, prompt.step.values?.(prompt.given)) : "",
    choices: prompt.choices,
    lane: prompt.stays ? `${state.lane.name ?? ""} ${state.lane.lane}`.trim() : "",
    step: prompt.place,
    keys: [say("prompt.enter"), prompt.stays ? "" : say("prompt.esc")].filter(Boolean).join("   ·   "),
  };
}

export function promptBlock({ title, label, hint, choices, lane, step, keys }, answer) {
  return make(
    "div",
    "prompt",
    make("div", "prompt-top", make("span", "", lane || title), make("span", "", step)),
    make("p", "prompt-label", lane ? title : label),
    ...(lane ? [make("p", "prompt-what", label)] : []),
    ...(hint ? [make("p", "hint", hint)] : []),
    ...(choices.length
      ? [make("ol", "choices", ...choices.map(([n, text]) => make("li", "", choiceOf(n, text, answer))))]
      : []),
    make("p", "prompt-keys", keys),
  );
}

// A choice is its number and Enter, for a finger as for the keyboard.
function choiceOf(number, text, answer) {
  const button = make("button", "choice", make("kbd", "", number), make("span", "", text));
  button.type = "button";
  button.addEventListener("mousedown", (event) => event.preventDefault());
  button.addEventListener("click", () => answer(number));
  return button;
}
