package store

// A Refusal is an answer, not a failure: the request was understood and is not
// done. Code is one of the closed set of docs/protocol.md, Reason one of the
// table below (the page words it in its reader's language under "err.<reason>"),
// Message a safe English sentence for logs and foreign clients. A Refusal holds
// nothing of the request, so it may always be sent.
type Refusal struct{ Code, Reason, Message string }

// Error returns the English sentence.
func (r *Refusal) Error() string { return r.Message }

// Refusals lists every reason this server gives, hub and httpapi included: one
// table, so that a test can ask each language for each of them.
var Refusals []*Refusal

func refusal(code, reason, message string) *Refusal {
	r := &Refusal{code, reason, message}
	Refusals = append(Refusals, r)
	return r
}

// The table. errors.Is works on the values; statuses by code are in httpapi.
var (
	ErrInvalid        = refusal("invalid", "invalid", "a value is not valid")
	ErrBadJSON        = refusal("invalid", "bad_json", "not readable as JSON, or an unknown or double field")
	ErrUnknownType    = refusal("invalid", "unknown_type", "unknown frame type")
	ErrBadMediaType   = refusal("invalid", "bad_media_type", "the content type must be application/json")
	ErrBadHost        = refusal("invalid", "bad_host", "this server does not answer to that host name")
	ErrSelf           = refusal("invalid", "self", "that is yourself")
	ErrBadName        = refusal("invalid", "bad_name", "account names are 1 to 32 characters without control or format characters and without spaces at the ends")
	ErrReservedName   = refusal("invalid", "reserved_name", "that account name is reserved")
	ErrBadTitle       = refusal("invalid", "bad_title", "names are 1 to 64 characters without control or format characters and without spaces at the ends")
	ErrBadNotice      = refusal("invalid", "bad_notice", "notices are at most 1,000 characters")
	ErrBadPassword    = refusal("invalid", "bad_password", "passwords are 8 to 128 characters")
	ErrCommonPassword = refusal("invalid", "common_password", "that password is among the first anyone would try")
	ErrBadBody        = refusal("invalid", "bad_body", "a message needs text")
	ErrBadClientID    = refusal("invalid", "bad_client_id", "a client_id is 16 to 64 letters, digits, - or _")
	ErrBadCode        = refusal("invalid", "bad_code", "the code is wrong, used or expired")

	ErrLoginRequired = refusal("unauthorized", "login_required", "log in first")
	ErrWrongPassword = refusal("unauthorized", "wrong_password", "unknown name or wrong password")

	ErrForbidden          = refusal("forbidden", "forbidden", "not allowed")
	ErrCrossOrigin        = refusal("forbidden", "cross_origin", "requests from other sites are refused")
	ErrNotContact         = refusal("forbidden", "not_contact", "you are no longer contacts")
	ErrNotOwner           = refusal("forbidden", "not_owner", "only the group's owner may do that")
	ErrNotAdmin           = refusal("forbidden", "not_admin", "only an admin may do that")
	ErrDisabled           = refusal("forbidden", "disabled", "this account is disabled")
	ErrRegistrationClosed = refusal("forbidden", "registration_closed", "an admin makes the accounts of this server")
	ErrInviteRequired     = refusal("forbidden", "invite_required", "registering needs an invite link")
	ErrInviteInvalid      = refusal("forbidden", "invite_invalid", "the invite link is used up, expired or revoked")
	ErrRemovedFromGroup   = refusal("forbidden", "removed_from_group", "the owner removed this person; only the owner can add them again")

	ErrNotFound           = refusal("not_found", "not_found", "not found")
	ErrNoSuchUser         = refusal("not_found", "no_such_user", "no such person")
	ErrNoSuchGroup        = refusal("not_found", "no_such_group", "no such group")
	ErrNoSuchConversation = refusal("not_found", "no_such_conversation", "no such conversation")

	ErrNameTaken            = refusal("conflict", "name_taken", "that name is taken")
	ErrAlreadyContact       = refusal("conflict", "already_contact", "already a contact")
	ErrOwnerMustHandOver    = refusal("conflict", "owner_must_hand_over", "hand the group over first")
	ErrGroupFull            = refusal("conflict", "group_full", "the group is full")
	ErrClientIDReused       = refusal("conflict", "client_id_reused", "this client_id was used for something else")
	ErrLastAdmin            = refusal("conflict", "last_admin", "the last admin stays")
	ErrEveryoneCannotBeGone = refusal("conflict", "everyone_stays", "the group of everyone cannot be dissolved")

	ErrMessageTooLong = refusal("too_large", "message_too_long", "the message is too long")
	ErrFrameTooLarge  = refusal("too_large", "frame_too_large", "the frame is too large")
	ErrTooLarge       = refusal("too_large", "too_large", "the request is too large")

	ErrRateLimited     = refusal("rate_limited", "rate_limited", "too many tries; wait a little")
	ErrTooManySessions = refusal("rate_limited", "too_many_sessions", "too many windows are open")

	ErrStorageFull   = refusal("unavailable", "storage_full", "the server's disk is full; try again later")
	ErrSetupRequired = refusal("unavailable", "setup_required", "the server is being set up")
	ErrBusy          = refusal("unavailable", "busy", "the server is busy; try again")
	ErrStopping      = refusal("unavailable", "stopping", "the server is stopping; try again")
	ErrInternal      = refusal("internal", "internal", "internal error")
)
