// Put into a page before anything of the hub's: when did what was waited for stand painted on it?
(() => {
  "use strict";
  const GIVE_UP_MS = 10_000;
  // The frame that shows a change has been drawn when a message sent from within it arrives.
  const painted = (tell) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = tell;
    port2.postMessage(0);
  });
  const watch = (look, target = document) => {
    const observer = new MutationObserver(look);
    observer.observe(target, { subtree: true, childList: true, attributes: true });
    return observer;
  };

  // firstRowMs counts from the start of the navigation, seenAt holds unix milliseconds by order id.
  const bench = (window.bench = { seenAt: {} });
  let tellFirst;
  bench.firstRowMs = new Promise((tell) => { tellFirst = tell; });
  const found = new Set();
  watch(() => {
    const fresh = [...document.querySelectorAll("tr.order")].map((row) => row.dataset.id).filter((id) => !found.has(id));
    if (!fresh.length) return;
    for (const id of fresh) found.add(id);
    painted(() => {
      tellFirst(performance.now());
      for (const id of fresh) bench.seenAt[id] = Date.now();
    });
  });

  // Milliseconds from the click on `element` until what `isAnswered` asks for is painted; null: never.
  function answered(element, isAnswered) {
    return new Promise((tell) => {
      let clickedAt = 0, observer;
      const check = () => {
        if (!isAnswered()) return;
        observer.disconnect();
        clearTimeout(end);
        painted(() => tell(performance.now() - clickedAt));
      };
      const end = setTimeout(() => { observer.disconnect(); tell(null); }, GIVE_UP_MS);
      observer = watch(check);
      addEventListener("click", (event) => { clickedAt = event.timeStamp; }, { once: true, capture: true });
      element.click();
    });
  }
  const one = (selector) => document.querySelector(selector);
  const list = () => one("[data-list]").dataset.list;
  const tab = (word) => {
    const link = [...document.querySelectorAll("nav.tabs a")].find((each) => each.getAttribute("href").includes(word));
    const before = list();
    return answered(link, () => link.getAttribute("aria-current") === "page" && list() !== before && one("tr.order"));
  };
  const rowOf = (id) => one(`tr.order[data-id="${id}"]`);
  const select = (row, wanted) => {
    const id = row.dataset.id;
    return answered(row.querySelector("input"), () => rowOf(id)?.classList.contains("sel") === wanted);
  };
  bench.clicks = {
    "open a drawer": () => {
      const id = one("tr.order").dataset.id;
      return answered(rowOf(id).querySelector("a.no"), () => rowOf(id)?.classList.contains("cur") && one(".drawer .lines"));
    },
    "close the drawer": () => answered(one(".drawer [data-key=esc]"), () => !one(".drawer")),
    "select a row": () => select(one("tr.order"), true),
    "take it back": () => select(one("tr.order.sel"), false),
    "another tab": () => tab("tab=to_review"),
    "the first tab again": () => tab("/orders"),
  };
})();
