// Leads from view to view, and in and out.
import { Refusal, attributes, signIn, signOut, signedIn } from "./api.js";
import { slot, stamp, tell } from "./build.js";
import { attributeView } from "./attribute.js";
import { attributesView } from "./attributes.js";
import { known, peopleView, personView } from "./person.js";

const main = document.querySelector("main");
const notice = document.querySelector("#notice");
let drawing = 0; // how often a view was asked for: the last one is drawn

/** app is what views can do to the page. */
const app = {
  place: {}, // what is sought in the view's list, and the page that is seen

  /** act does what a person asked for. A refusal is told in an element, or instead of the view; without a good token there is only the way in. */
  async act(task, problem) {
    try {
      if (problem) tell(problem);
      await task();
    } catch (refusal) {
      if (refusal.name === "AbortError") return;
      if (!(refusal instanceof Refusal)) throw refusal;
      if (refusal.status === 401) leave(refusal.message);
      else if (problem) tell(problem, refusal.message);
      else show(stamp("failure", { message: refusal.message }));
    }
  },

  /** go leads to another view, and tells why. */
  go(address, why = "") {
    if (location.hash === address) return app.redraw(why);
    addEventListener("hashchange", () => tell(notice, why), { once: true });
    location.hash = address;
  },

  /** redraw shows what has become of the view, tells of what, and puts the focus where it was. */
  async redraw(what, focus) {
    tell(notice, what);
    await draw(focus);
  },
};

function viewAt(hash) {
  const [kind, uuid] = hash.replace(/^#?\/?/, "").split("/"); // a uuid is written as it is
  if (kind === "attributes" && uuid) return attributeView(app, uuid);
  if (kind === "people") return uuid ? personView(app, uuid) : peopleView(app);
  return attributesView(app);
}

async function draw(focus = "h1") {
  const mine = ++drawing;
  if (!signedIn()) return show(wayIn(), "input");
  await app.act(async () => {
    const view = await viewAt(location.hash);
    if (mine === drawing) show(view, focus);
  });
}

function show(view, focus) {
  document.querySelector("nav").hidden = document.querySelector("#sign-out").hidden = !signedIn();
  for (const link of document.querySelectorAll("nav a")) {
    const here = location.hash.startsWith("#/people") === link.hash.startsWith("#/people");
    here ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
  }
  main.replaceChildren(view);
  const title = main.querySelector("h1");
  document.title = `${title.textContent} – attributed`;
  (focus && main.querySelector(focus) || title).focus();
}

function wayIn(message) {
  const view = stamp("sign-in");
  const problem = slot(view, "problem");
  tell(problem, message);
  const { token } = view.querySelector("form").elements;
  view.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    if (signedIn()) return; // the one before is still being asked for
    signIn(token.value.trim().replace(/^ApiKey\s+/i, ""));
    try {
      await attributes();
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      signOut();
      tell(problem, refusal.message);
      token.select(); // the next one that is pasted takes its place
      return;
    }
    await draw();
  });
  return view;
}

/** leave forgets the token and all that was seen with it. */
function leave(message) {
  signOut();
  known.clear();
  drawing++;
  for (const dialog of document.querySelectorAll("dialog")) dialog.remove();
  tell(notice);
  show(wayIn(message), "input");
}

document.querySelector("#sign-out").addEventListener("click", () => leave());
addEventListener("hashchange", () => {
  for (const dialog of document.querySelectorAll("dialog")) dialog.remove();
  tell(notice);
  app.place = { sought: "", page: 0 };
  draw();
});
app.place = { sought: "", page: 0 };
draw();
