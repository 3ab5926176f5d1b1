// Stylesheets of the screens that are loaded when first opened. Their address is
// taken from this module's, so that it carries the same hash.

const loaded = new Map();

/** loadStyle resolves when css/<name> applies. */
export function loadStyle(name) {
  if (!loaded.has(name)) {
    loaded.set(
      name,
      new Promise((resolve, reject) => {
        const link = document.createElement("link");
        link.rel = "stylesheet";
        link.href = new URL(`../css/${name}`, import.meta.url).href;
        link.onload = () => resolve();
        link.onerror = () => {
          loaded.delete(name);
          link.remove();
          reject(new Error(`stylesheet ${name}`));
        };
        document.head.append(link);
      }),
    );
  }
  return loaded.get(name);
}
