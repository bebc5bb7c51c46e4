// The live stream: each alert arrives as the HTML the server would have rendered, so there is one template only.
const list = document.getElementById("alerts");
const state = document.getElementById("state");
const pause = document.getElementById("pause");
const unread = document.getElementById("unread");
const held = [];
let isPaused = false;

// A reader must not lose the place: what arrives while the page is scrolled or paused waits behind a button.
const mustWait = () => isPaused || window.scrollY > 80;

function put(html) {
  const item = document.createRange().createContextualFragment(html).firstElementChild;
  if (document.querySelector(`li[data-sequence="${item.dataset.sequence}"]`)) return;
  item.classList.add("new");
  document.getElementById("empty").hidden = true;
  list.prepend(item);
  while (list.children.length > 200) list.lastElementChild.remove();
}

function showHeld() {
  held.splice(0).forEach(put);
  unread.hidden = true;
}

function receive(html) {
  if (!mustWait()) return put(html);
  held.push(html);
  unread.textContent = `${held.length} new`;
  unread.hidden = false;
}

const source = new EventSource(`/api/stream?after=${document.getElementById("live").dataset.last}`);
source.addEventListener("open", () => { state.textContent = "live"; });
source.addEventListener("error", () => { state.textContent = "connection lost, trying again"; });
source.addEventListener("alert", (event) => receive(JSON.parse(event.data).html));

pause.hidden = false;
pause.addEventListener("click", () => {
  isPaused = !isPaused;
  pause.setAttribute("aria-pressed", String(isPaused));
  pause.textContent = isPaused ? "Resume" : "Pause";
  if (!isPaused) showHeld();
});
unread.addEventListener("click", () => { window.scrollTo({ top: 0 }); showHeld(); });

document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
  const items = [...list.querySelectorAll("h2 a")];
  const at = items.indexOf(document.activeElement);
  if (event.key === "j") items[Math.min(at + 1, items.length - 1)]?.focus();
  if (event.key === "k") items[Math.max(at - 1, 0)]?.focus();
});
