// Safari leaves the page as tall as it was when the keyboard opens and moves the
// visual viewport instead; the app is then pinned to what is seen.

/** followViewport sets --vvh on the root while a keyboard covers a part of the page. */
export function followViewport() {
  const viewport = globalThis.visualViewport;
  if (!viewport || !/Apple/.test(navigator.vendor)) return;
  const root = document.documentElement;
  const update = () => {
    const covered = innerHeight - viewport.height > 80 && viewport.scale === 1;
    if (covered) root.style.setProperty("--vvh", `${viewport.height}px`);
    else root.style.removeProperty("--vvh");
    if (covered) scrollTo(0, 0);
  };
  viewport.addEventListener("resize", update);
  viewport.addEventListener("scroll", update);
}
