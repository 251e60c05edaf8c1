/* For what changes often and is drawn: tells of many changes at once. */

/** Fires 'change' at most once a frame; where frames do not come, in a hidden tab, soon. */
export class Changing extends EventTarget {
  #frame = 0;

  changed() {
    if (this.#frame) return;
    const fire = () => {
      this.#frame = 0;
      this.dispatchEvent(new Event('change'));
    };
    this.#frame = document.hidden ? window.setTimeout(fire, 0) : requestAnimationFrame(fire);
  }
}
