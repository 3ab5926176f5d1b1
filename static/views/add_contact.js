// Adding somebody by name or number: those found are shown as one types, Enter
// adds who is called exactly that.

import { h } from "../lib/dom.js";
import { openDialog, toast } from "../lib/dialog.js";
import { field, onSubmit, submitButton } from "../lib/form.js";
import { asQuery } from "../lib/number.js";
import { errorText, t } from "../i18n/i18n.js";
import { addContact, openConversation } from "../state/actions.js";
import { state } from "../state/store.js";
import { createLoadable } from "./loadable.js";
import { fetchPeople } from "./people.js";
import { identityText, isolated, nameOf, personRow } from "./person.js";

const QUIET_MS = 200; // a pause in typing this long starts a search
const FOUND_MAX = 8; // rows; whoever has more matches types on

/** openAddContact opens the dialog; adding somebody opens their chat. */
export function openAddContact() {
  const who = field({
    label: t("contacts.add.label"),
    name: "who",
    hint: t("contacts.add.hint"),
    maxlength: 64,
    autofocus: true,
  });
  const found = createLoadable({
    rows: 2,
    load: async () => {
      const query = asQuery(who.value);
      return query === "" ? [] : (await fetchPeople(query)).users;
    },
    render: foundList,
  });
  const form = h("form", { class: "form", "data-testid": "add-contact-form" }, who.root, submitButton(t("group.add.submit")));
  const box = h("div", { class: "found" }, found.root);
  let timer = 0;
  who.input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(found.reload, QUIET_MS);
  });
  onSubmit(form, async () => {
    if (who.value.trim() === "") return who.setError(t("login.required"));
    try {
      added(await add(who.value));
    } catch (error) {
      who.setError(error instanceof Ambiguous ? t("contacts.add.choose") : errorText(error));
      who.input.focus();
    }
  });
  // Whoever is added from the list below shows at once that they are.
  const off = state.subscribe("contacts", () => found.reload());
  const dialog = openDialog({
    title: t("contacts.add.title"),
    testid: "add-contact",
    body: [form, box],
    onclose() {
      off();
      clearTimeout(timer);
      found.destroy();
    },
  });

  function added({ conv, user }) {
    dialog.close();
    if (user) toast(t("contacts.added", { name: isolated(nameOf(user)) }));
    openConversation(conv);
  }
}

// A number is tried first; somebody may also be called by nine digits.
async function add(typed) {
  const query = asQuery(typed);
  if (!/^\d{9}$/.test(query)) return addNamed(typed.trim());
  try {
    return await addContact({ user: `u_${query}` });
  } catch (error) {
    if (error.reason !== "no_such_user") throw error;
    return addContact({ name: query });
  }
}

// The account of this name, else whoever alone is meant by it.
async function addNamed(name) {
  try {
    return await addContact({ name });
  } catch (error) {
    if (error.reason !== "no_such_user") throw error;
    const others = (await fetchPeople(name)).users.filter((profile) => profile.user !== state.get("me").user && !profile.disabled);
    const meant = theOnlyOne(others, name);
    if (meant) return addContact({ user: meant.user });
    throw others.length > 0 ? new Ambiguous() : error;
  }
}

/** Ambiguous: a name that stands for several people. */
class Ambiguous extends Error {}

function theOnlyOne(people, name) {
  const exact = people.filter((profile) => nameOf(profile).toLocaleLowerCase() === name.toLocaleLowerCase());
  const candidates = exact.length > 0 ? exact : people;
  return candidates.length === 1 ? candidates[0] : null;
}

function foundList(users) {
  if (users.length === 0) return null;
  return h(
    "ul",
    { class: "rows", "aria-label": t("contacts.add.found") },
    users.slice(0, FOUND_MAX).map((profile) => personRow({ profile, detail: identityText(profile) })),
  );
}
