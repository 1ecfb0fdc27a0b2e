// What tests/browser asks a page about itself. An expression: page.evaluate(`(${text}).texts()`).
({
  // Every visible text with its colour and the colour behind it.
  texts: () => {
    const found = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const element = walk.currentNode.parentElement;
      if (!walk.currentNode.data.trim() || element.closest("title, desc, iframe")) continue;
      const svg = element.closest("svg");
      let behind = svg || element;
      const paint = e => getComputedStyle(e).backgroundColor;
      while (paint(behind) === "rgba(0, 0, 0, 0)" && behind.parentElement) behind = behind.parentElement;
      const style = getComputedStyle(element);
      found.push([walk.currentNode.data.trim().slice(0, 30), svg ? style.fill : style.color, paint(behind)]);
    }
    return found;
  },

  // What somebody who uses a keyboard or hears the page would stumble over, one line each.
  wrong: () => {
    const wrong = [];
    const all = what => [...document.querySelectorAll(what)];
    const say = (ok, what) => { if (!ok) wrong.push(what); };
    const name = e => e.getAttribute("aria-label") || e.title ||
      (e.getAttribute("aria-labelledby") || "").split(" ").filter(Boolean)
        .map(id => document.getElementById(id)?.textContent || "").join(" ").trim();
    say(document.documentElement.lang, "no language");
    for (const one of ["h1", "main", "body > header", "body > footer"])
      say(all(one).length === 1, "not one " + one);
    let level = 0;
    for (const heading of all("h1, h2, h3, h4, h5, h6")) {
      const now = +heading.tagName[1];
      say(now <= level + 1, "skipped to " + heading.textContent);
      say(heading.textContent.trim(), "empty heading");
      level = now;
    }
    const ids = all("[id]").map(e => e.id);
    say(new Set(ids).size === ids.length, "an id stands twice");
    for (const e of all("[aria-labelledby]"))
      for (const id of e.getAttribute("aria-labelledby").split(" "))
        say(document.getElementById(id), "no element " + id);
    for (const e of all("nav, section, article, [role=region], [role=img], iframe"))
      say(name(e), "no name: " + e.outerHTML.slice(0, 80));
    for (const e of all("svg:not([role=img])")) say(e.getAttribute("aria-hidden") === "true", "svg is loud");
    for (const table of all("table")) {
      say(table.caption, "table without caption");
      for (const head of table.querySelectorAll("th")) {
        say(["col", "row", "rowgroup"].includes(head.scope), "th without scope: " + head.textContent);
        say(head.textContent.trim(), "empty th");
      }
      for (const row of table.tBodies[0].rows) say(row.querySelector("th"), "row without a heading");
    }
    for (const e of all("a, summary")) say(e.textContent.trim() || name(e), "link without a name");
    for (const a of all("a[href^='#']")) say(document.querySelector(a.hash), "leads nowhere: " + a.hash);
    for (const e of all("body *")) {
      const style = getComputedStyle(e);
      if (/auto|scroll/.test(style.overflowX + style.overflowY) && e.tagName !== "IFRAME")
        say(e.tabIndex === 0, "scrolls but cannot be reached: " + e.outerHTML.slice(0, 80));
    }
    return wrong;
  },
})
