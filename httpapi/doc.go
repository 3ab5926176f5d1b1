// Package httpapi speaks HTTP: it turns requests into calls of the store and the
// hub, and their results into JSON. It keeps nothing and moves nothing itself.
//
// Every request passes, in this order (middleware.go): the headers every answer
// carries, a recover, the host names this server answers to, the origin check of
// everything that is not a GET, the media type, the size of the body. Then the
// row of the route table (server.go) says whether the server must be claimed and
// who may call, and the handler does: parse, one call, respond.
//
// # Bodies
//
// Success is 200 with a JSON object, {} where there is nothing to say. An error
// is {code, reason, message} with the status of its code (errors.go). Times are
// Unix milliseconds, ids are strings, a ? marks what may be left out. Unknown and
// double fields are refused.
//
//	GET    /healthz, /readyz        {status: "ok"}
//	GET    /api/server              {name, version, setup_required, registration, host}
//	POST   /api/setup               {token, server_name, name, password, registration, everyone, language?} → {user: me}
//	POST   /api/users               {name, password, display_name?, invite?, language?} → {user: me}
//	POST   /api/logins              {name, password} → {user: me}
//	POST   /api/resets              {name, code, password} → {user: me}
//	POST   /api/invites             {code} → {valid: true}
//	GET    /api/logins              {logins: [{id, device, remote_addr, created_at, seen_at, current}]}
//	DELETE /api/logins/{id}         id or "current" → {}
//	GET    /api/bootstrap           {epoch, rev, people, version, me, server: {name, version, registration}, contacts, conversations, users}
//	GET    /api/users               ?query=&after=u_… → {users: [profile], more}; ?ids=u_…,u_… → {users}
//	PATCH  /api/users/me            {display_name?, language?} → {me}
//	PUT    /api/users/me/password   {old_password, password} → {}
//	POST   /api/contacts            {client_id, user or name} → {contact, conversation, user: profile}
//	DELETE /api/contacts/{user}     {}
//	GET    /api/groups              ?query= → {groups: [{conv, name, everyone, join, member_count, member}]}
//	POST   /api/groups              {client_id, name, members?, join?, history?} → {conversation}
//	GET    /api/groups/{id}         {group: {conv, name, everyone, join, member_count, member, and for members owner, history, notice, role}, members: [{user, role, online}], users}
//	PATCH  /api/groups/{id}         {name?, notice?, join?, history?} → {}
//	DELETE /api/groups/{id}         {}
//	POST   /api/groups/{id}/join    {client_id} → {conversation}
//	POST   /api/groups/{id}/members {client_id, users} → {}
//	DELETE /api/groups/{id}/members/{user}  user or "me" → {}
//	PUT    /api/groups/{id}/owner   {user} → {}
//	GET    /api/conversations/{conv}/messages  ?before= or ?after=, &limit= → {messages, users}
//	GET    /api/conversations/{conv}/readers   ?seq= → {readers: [user], users}
//	PUT    /api/conversations/{conv}/hidden    {seq} → {}
//	GET    /api/admin/settings      {server_name, registration, everyone, addresses}; PATCH {server_name?, registration?} → the same
//	GET    /api/admin/invites       {invites: [{code, by, created_at, expires_at, max_uses, uses}]}
//	POST   /api/admin/invites       {max_uses?, expires_at?} → {invite}; without them 1 use, 7 days; max_uses 0 is no limit
//	DELETE /api/admin/invites/{code}  {}
//	GET    /api/admin/users         ?query=&after= → {users: [profile with admin, disabled, created_at], more}
//	POST   /api/admin/users         {name, display_name?} → {user: profile, code, expires_at}
//	PATCH  /api/admin/users/{id}    {disabled} → {user: profile with admin, disabled, created_at}
//	POST   /api/admin/users/{id}/reset-code  {} → {code, expires_at}
//	GET    /ws                      the socket
//
// me is {user, name, display_name, avatar, language, admin}. Profiles, contacts,
// conversations and messages are those of package hub, the same as in frames.
package httpapi
