// Training: the same page over a till of which nothing leaves the lane, in other colours and named everywhere.
//
//   its key between two baskets   begins it, by a manager's PIN
//   its key in a training         ends it, whatever stands there; nobody is signed in then

import { make } from "./make.js";
import { say } from "./words.js";

export const TRAINING = {
  training: ({ own }) => ({
    steps: own
      ? [{ key: "sure", label: "prompt.training", hint: "prompt.training_hint", kind: "confirm" }]
      : [
          { key: "operator", label: "prompt.authority", hint: "prompt.training_hint", kind: "text" },
          { key: "pin", label: "prompt.authority_pin", kind: "secret" },
        ],
    request: (given) => ({ do: "begin_training", ...given }),
  }),
};

// Marks the whole screen, or takes the marks away.
export function markTraining(on) {
  document.body.toggleAttribute("data-training", on);
  const known = document.querySelector(".training-band");
  if (!on) {
    known?.remove();
    return;
  }
  const band = known ?? make("p", "training-band");
  band.textContent = say("training.band");
  band.title = say("training.note");
  document.querySelector(".sheet, .bench")?.setAttribute("data-mark", say("training.band"));
  if (!known) document.querySelector(".bar .brand").after(band);
}
