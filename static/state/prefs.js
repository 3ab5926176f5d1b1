// Settings of this device, not of the user: they stay when somebody logs out.

const PREFIX = "teahouse:";
const memory = new Map();

const defaults = {
  theme: "auto", // auto, light or dark
  enter: "send", // send: Enter sends; newline: Ctrl+Enter sends
};

/** pref returns the value of one of the settings above. */
export function pref(name) {
  try {
    return localStorage.getItem(PREFIX + name) ?? memory.get(name) ?? defaults[name];
  } catch {
    return memory.get(name) ?? defaults[name];
  }
}

/** setPref changes a setting. */
export function setPref(name, value) {
  memory.set(name, value);
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // kept for this visit only
  }
}
