// Package store keeps what must be true after a crash: users, logins, contacts,
// groups, messages and cursors, in one bbolt file. It moves nothing and speaks to
// nobody; no bbolt type crosses its border.
//
// # Buckets
//
//	bucket       key                      value
//	meta         schema, epoch, people    number; 16 random bytes; number
//	settings     server                   Settings
//	users        user                     User, and its folded names
//	user_names   folded account name      user
//	credentials  user                     argon2id string; absent without a password
//	revs         user                     rev
//	last_seen    user                     time
//	resets       user                     SHA-256 of a one-time code, its end
//	invites      code                     Invite
//	logins       SHA-256 of the token     Login; the token is stored nowhere
//	user_logins  user‖login               nothing: the logins of a user
//	contacts     owner‖other              when; both directions in one transaction
//	groups       conv                     Group, member count, dissolved
//	members      conv‖user                joined, from_seq, when
//	memberships  user‖conv                nothing: the reverse of members
//	removed      conv‖user                nothing: put out by the owner
//	heads        conv                     last seq, its time, text messages so far
//	messages     conv‖seq                 Message
//	client_ids   conv‖user‖client_id      seq, SHA-256 of the draft
//	requests     user‖client_id           hash and result of a creating request
//	cursors      user‖conv                delivered, read
//	hidden       user‖conv                hidden until head is past this seq
//
// # Encodings
//
// A user is 4 bytes, a conversation 9 ('d' and both user numbers, or 'g', four
// zero bytes and the group number), a seq 8, all big-endian, so that the order of
// bytes is the order of numbers and a prefix selects a conversation or a user.
// Only key.go makes keys.
//
// A value is a version byte (1), the fields in a fixed order (integers as
// varints, strings with their length before them) and a CRC-32C over key, version
// and fields: bbolt has no checksums of its own for data. A message that fails is
// given out as damaged with its seq; any other record that fails is an error of
// the call that needs it. Both are counted and logged. Only record.go seals and
// opens values.
//
// # Invariants
//
// CheckConsistency proves them:
//
//   - I1 The seqs of a conversation are 1..head without a gap; head is that of the
//     last message.
//   - I2 n of a message is the number of text messages at or before it. Unread is
//     n(head) − n(read), never counted up; system messages are never unread.
//   - I3 Each text message has its client_id with its seq and hash, and each
//     client_id its message. Both live for ever.
//   - I4 members and memberships mirror each other, so do users and user_names,
//     logins and user_logins; a group counts its members.
//   - I5 A group that is not dissolved has one owner, who is a member. Roles are
//     not stored: the group names its owner.
//   - I6 Contacts are mutual and have their conversation.
//   - I7 read ≤ delivered ≤ head, both only rise, and only members have cursors.
//   - I8 No number is used twice. Users and groups are never deleted; numbers are
//     random, so that an older copy of the database cannot give one away again.
//
// # Transactions
//
//   - What is ordered is an Op. Commit applies a batch of them in one transaction;
//     the rest (logins, passwords, invites, settings) are calls of their own.
//   - An op checks all it depends on inside its transaction and before its first
//     write; a *Refusal is its result, not a failure. bbolt has no savepoints: an op
//     that fails after a write, meets a damaged record or panics is left out, and
//     its batch applied again.
//   - The client_id comes first, before rights and limits.
//   - Each transaction reads the clock once. No time decides an order, a duplicate,
//     a cursor or an unread count; only logins, codes and invites expire by it.
//   - Reads are short, bounded and copied out: an open read transaction pins pages.
//     No transaction inside another, no waiting inside one.
//   - fsync is never off. A commit that fails for another reason than full storage
//     ends all writing (Options.Fatal): nobody can tell what is on the disk.
package store
