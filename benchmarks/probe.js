// Counts the time from the Enter that ends a scan until the frame that shows another total is done.
//
// A frame runs: callbacks, then style, layout and paint, then the next task. The total changes in a
// callback, its observer is told right after, and a message posted there is the first task behind
// the paint. It begins with the event's own time stamp, which the browser sets when a key arrives.
// `painted` gives the next time that was taken, or null when there is none within its patience.
() => {
  const taken = [];
  let pressed = 0;
  let tell = null;

  const settle = () => {
    if (!tell || taken.length === 0) return;
    tell(taken.shift());
    tell = null;
  };

  document.addEventListener(
    "keydown",
    (event) => {
      if (event.code === "Enter") pressed = event.timeStamp;
    },
    { capture: true },
  );

  new MutationObserver(() => {
    if (!pressed) return;
    const from = pressed;
    pressed = 0;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      taken.push(performance.now() - from);
      settle();
    };
    port2.postMessage(0);
  }).observe(document.getElementById("total"), { childList: true, subtree: true });

  window.painted = (patience) =>
    new Promise((resolve) => {
      tell = resolve;
      setTimeout(resolve, patience, null);
      settle();
    });
}
