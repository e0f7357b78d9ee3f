// Whether the pad stands on the screen: where something is asked for, by itself as soon as a finger is
// used, and elsewhere by its button.

export class PadSwitch {
  #touched = false;
  #wanted = false;
  #prompt = null;

  // `changed` is called when the pad comes or goes.
  constructor(button, changed) {
    document.addEventListener("pointerdown", (event) => this.#pointed(event, button, changed), { capture: true });
    button.addEventListener("mousedown", (event) => event.preventDefault());
    button.addEventListener("click", () => {
      if (this.#prompt) this.#touched = !this.#touched;
      else this.#wanted = !this.#wanted;
      changed();
    });
  }

  shown(prompt) {
    this.#prompt = prompt;
    return prompt ? this.#touched && !["choice", "confirm"].includes(prompt.step.kind) : this.#wanted;
  }

  #pointed({ pointerType, target }, button, changed) {
    if (pointerType !== "touch" || this.#touched || target === button) return;
    this.#touched = true;
    changed();
  }
}
