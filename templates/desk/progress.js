// The run tells how far it has come, without the page being loaded anew.
const show = (name, text) => { for (const at of document.querySelectorAll(`[data-run="${name}"]`)) at.textContent = text; };
const id = location.pathname.split("/").pop(), lost = document.getElementById("lost");
let state, late;

// heard says that the news are fresh; where none come for a while, the page says so.
const heard = () => { lost.hidden = true; clearTimeout(late); late = setTimeout(() => { lost.hidden = false; }, 8000); };

const tell = run => {
  const counts = run.counts, reached = Object.values(counts).reduce((a, b) => a + b, 0), share = run.readers ? Math.min(100, Math.floor(reached * 100 / run.readers)) : 100;
  for (const name in counts) show(name, counts[name]);
  show("waiting", run.waiting);
  show("reached", share);
  document.getElementById("bar").value = share;
  show("speed", run.perSecond ? `${Math.round(run.perSecond)} a second` + (run.secondsLeft ? `, about ${run.secondsLeft} s left` : "") : "");
  state ??= run.state;
};

// listen hears until the run is in another state. A browser asks again by itself where the
// answer ends, but not where a server that is starting refuses it.
const listen = () => {
  const told = new EventSource(`/api/runs/${id}/events`);
  told.addEventListener("progress", e => {
    const run = JSON.parse(e.data);
    heard();
    tell(run);
    if (run.state !== state || run.finished) { told.close(); location.reload(); }
  });
  told.addEventListener("error", () => { if (told.readyState === EventSource.CLOSED) setTimeout(listen, 2000); });
};
heard();
listen();
