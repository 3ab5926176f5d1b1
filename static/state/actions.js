// What views do: one request each, and the application of its result. Every
// function throws ApiError; the caller words it (errorText) where the person looks.

import { api } from "../net/api.js";
import { newClientID } from "../lib/id.js";
import { navigate } from "../router.js";
import { state } from "./store.js";
import { directConv } from "./ids.js";
import { current, sync } from "./session.js";

const applyConversation = (conversation) => sync.apply({ type: "conversation", conversation });
const applyContact = (contact) => sync.apply({ type: "contact", contact });
const applyLeft = (conv) => sync.apply({ type: "gone", conv });

/** openConversation shows a conversation of the list. */
export function openConversation(conv) {
  navigate(`#/c/${conv}`);
}

/**
 * messageUser opens the conversation with a user, adding them first when they are
 * no contact (again).
 */
export async function messageUser(user) {
  const conv = directConv(state.get("me").user, user);
  if (!state.get("contacts").has(user) || !isHere(conv)) await addContact({ user });
  openConversation(conv);
}

function isHere(conv) {
  const c = state.get("conversations").get(conv);
  return Boolean(c && !c.gone);
}

/**
 * addContact adds by number or by account name; both ways at once. Somebody who is
 * a contact already is no error for `user`, and ApiError already_contact for `name`.
 *
 * @param {{ user?: string, name?: string }} who
 * @returns {Promise<{ conv: string, user: any }>}
 */
export async function addContact(who) {
  const answer = await api.post("/api/contacts", { client_id: newClientID(), ...who });
  if (answer.user) sync.applyUsers([answer.user]);
  applyContact(answer.contact);
  applyConversation(answer.conversation);
  return { conv: answer.conversation.conv, user: answer.user };
}

/** removeContact ends a contact for both; the history stays. */
export async function removeContact(user) {
  await api.delete(`/api/contacts/${user}`);
  applyContact({ user, removed: true });
}

/**
 * createGroup makes a group and opens nothing. client_id is the caller's, one for
 * each time the form is opened, so that a repeated press makes one group.
 *
 * @param {{ client_id: string, name: string, members?: string[], join?: string, history?: string }} group
 * @returns {Promise<string>} the conversation
 */
export async function createGroup(group) {
  const { conversation } = await api.post("/api/groups", group);
  applyConversation(conversation);
  return conversation.conv;
}

/** joinGroup joins an open group. Being in it already is fine. */
export async function joinGroup(conv, clientID = newClientID()) {
  const { conversation } = await api.post(`/api/groups/${conv}/join`, { client_id: clientID });
  applyConversation(conversation);
  return conversation.conv;
}

/** addMembers adds users to a group. */
export function addMembers(conv, users, clientID = newClientID()) {
  return api.post(`/api/groups/${conv}/members`, { client_id: clientID, users });
}

/** removeMember removes somebody from one's own group. */
export function removeMember(conv, user) {
  return api.delete(`/api/groups/${conv}/members/${user}`);
}

/** leaveGroup leaves; the row goes when the server's `gone` comes, or now. */
export async function leaveGroup(conv) {
  await api.delete(`/api/groups/${conv}/members/me`);
  applyLeft(conv);
}

/** changeGroup changes name, notice, join or history. */
export function changeGroup(conv, change) {
  return api.patch(`/api/groups/${conv}`, change);
}

/** handOver makes another member the owner. */
export function handOver(conv, user) {
  return api.put(`/api/groups/${conv}/owner`, { user });
}

/** dissolveGroup ends a group for everybody. */
export async function dissolveGroup(conv) {
  await api.delete(`/api/groups/${conv}`);
  applyLeft(conv);
}

/** wireOf is the conversation without what only this page keeps. */
function wireOf({ gone: _gone, counted: _counted, read_n: _read, ...wire }) {
  return wire;
}

/** hideConversation takes the row off the list until something new comes. */
export async function hideConversation(conv) {
  const c = state.get("conversations").get(conv);
  if (!c) return;
  const seq = Math.max(1, c.head[0]); // 0 would show it again
  await api.put(`/api/conversations/${conv}/hidden`, { seq });
  applyConversation({ ...wireOf(c), hidden_at: seq });
}

/** changeProfile changes one's display name or language. */
export async function changeProfile(change) {
  const { me } = await api.patch("/api/users/me", change);
  state.set("me", { ...state.get("me"), ...me });
  sync.apply({ type: "user", user: { user: me.user, name: me.name, display_name: me.display_name, avatar: me.avatar } });
  return me;
}

/** unsentCount is how many messages a logout would lose. */
export function unsentCount() {
  return current()?.outbox?.size || 0;
}

/** logOut ends this login and forgets what this device kept; ask before (unsentCount). */
export async function logOut() {
  await current()?.logOut();
}
