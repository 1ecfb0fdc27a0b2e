// The studio's own script: forms become JSON, texts stream in, commands are copied.
// Everything listens on the document, so that what is put in later needs nothing.

const say = words => { document.getElementById("status").textContent = words; };

// --- forms ---------------------------------------------------------------------------------

const values = form => {
  const given = {};
  const hidden = field => field.type !== "hidden" && !field.checkVisibility();
  for (const field of form.elements) {
    if (!field.name || field.dataset.local !== undefined || hidden(field)) continue;
    if (field.dataset.type !== "number") given[field.name] = field.value;
    else if (field.value !== "") given[field.name] = Number(field.value);
  }
  return given;
};

const post = async (where, body) => {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(where, { method: "POST", headers, body: JSON.stringify(body) });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(told.error?.message ?? told.error ?? told.detail ?? `The studio answered ${answer.status}.`);
  return told;
};

document.addEventListener("submit", async event => {
  const form = event.target.closest("form[data-post]");
  if (!form) return;
  event.preventDefault();
  const button = event.submitter ?? form.querySelector("button");
  if (button.getAttribute("aria-busy") === "true") return;
  const error = form.querySelector(".error");
  if (error) error.textContent = "";
  button.setAttribute("aria-busy", "true");
  try {
    keepNames(form);
    const told = await post(form.dataset.post, values(form));
    try { if (told.say) sessionStorage.setItem("say", told.say); } catch { /* the page that follows shows it */ }
    if (told.to) location.assign(told.to);
  } catch (problem) {
    const words = problem instanceof TypeError ? "The studio does not answer. Is it still running?" : problem.message;
    if (error) error.textContent = words; else say(words);
  } finally {
    button.removeAttribute("aria-busy");
  }
});

// A person approves many texts: the name is asked once a browser.
const keepNames = form => {
  for (const field of form.querySelectorAll("[data-kept]")) {
    try { localStorage.setItem(field.dataset.kept, field.value); } catch { /* the browser has no room: it is asked again */ }
  }
};
const fillNames = within => {
  for (const field of within.querySelectorAll("[data-kept]")) field.value ||= localStorage.getItem(field.dataset.kept) ?? "";
};

document.addEventListener("change", async event => {
  const into = event.target.dataset?.read;
  if (into && event.target.files[0]) document.getElementById(into).value = await event.target.files[0].text();
});

document.addEventListener("keydown", event => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.closest("form[data-post]")?.requestSubmit();
});

// --- copying -------------------------------------------------------------------------------

document.addEventListener("click", async event => {
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    await navigator.clipboard.writeText(document.getElementById(copy.dataset.copy).textContent);
    say("Copied.");
  }
  const stop = event.target.closest("[data-stop]");
  if (stop) {
    stop.disabled = true;
    await post(stop.dataset.stop, {}).catch(problem => say(problem.message));
  }
});

// --- streaming -----------------------------------------------------------------------------

const STAGES = { waiting: "Waiting for the model", writing: "Writing", checking: "Asking the judge", over: "Done" };

const follow = shown => {
  const into = shown.querySelector("[data-into]");
  const stage = shown.querySelector("[data-stage]");
  const place = shown.parentElement.querySelector("[data-result]");
  const source = new EventSource(shown.dataset.stream);
  into.textContent = "";
  source.addEventListener("piece", event => {
    const atEnd = into.scrollHeight - into.scrollTop - into.clientHeight < 40;
    into.append(JSON.parse(event.data));
    if (atEnd) into.scrollTop = into.scrollHeight;
  });
  source.addEventListener("stage", event => {
    const told = JSON.parse(event.data);
    const words = told.problem || STAGES[told.stage];
    if (stage.textContent !== words) { stage.textContent = words; say(words); }
  });
  source.addEventListener("error", () => { // a lost connection is tried again; a refusal is not
    if (source.readyState === EventSource.CLOSED) stage.textContent = "The studio does not send the text now. Reload the page later.";
  });
  source.addEventListener("over", async () => {
    source.close();
    const answer = await fetch(place.dataset.result).catch(() => ({ ok: false }));
    if (!answer.ok) { stage.textContent = "The text cannot be shown. Reload the page."; return; }
    const box = shown.parentElement;
    box.innerHTML = await answer.text(); // our own page, escaped where it was made
    fillNames(box);
    const verdict = box.querySelector(".verdict")?.innerText ?? "";
    say(box.querySelector(".note")?.innerText ?? `The text is written. ${verdict}`);
  });
};

for (const shown of document.querySelectorAll("[data-stream]")) follow(shown);
fillNames(document);
const told = sessionStorage.getItem("say");
if (told) {
  sessionStorage.removeItem("say");
  say(told);
  const status = document.getElementById("status");
  status.classList.add("told");
  setTimeout(() => status.classList.remove("told"), 6000);
}
