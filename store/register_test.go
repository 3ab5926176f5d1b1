package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"teahouse/store"
)

func TestClaim(t *testing.T) {
	t.Parallel()
	w := openTemp(t, store.Options{})
	settings, err := w.Settings()
	w.ok(err)
	if settings.Claimed || settings.Registration != store.RegistrationOpen {
		t.Errorf("settings before the claim: %+v", settings)
	}
	w.refused(store.ErrSetupRequired, &store.Register{Name: "early"})
	_, err = w.ChangeSettings(ptr("x"), nil)
	w.fails(store.ErrSetupRequired, err)
	w.refused(store.ErrBadTitle, &store.Claim{ServerName: "", Name: "ann"})
	w.refused(store.ErrBadName, &store.Claim{ServerName: "Tea", Name: " ann"})
	w.refused(store.ErrInvalid, &store.Claim{ServerName: "Tea", Name: "ann", Registration: "maybe"})
	w.refused(store.ErrInvalid, &store.Claim{ServerName: "Tea", Name: "ann", Language: "xx"})

	op := &store.Claim{ServerName: "茶馆", Name: "ann", PHC: "phc", Registration: store.RegistrationInvite, Language: "zh-CN", Everyone: true}
	effects := w.must(op)
	if got := fmt.Sprint(kinds(effects)); got != "[UserChanged MemberJoined MessageAppended]" {
		t.Errorf("effects %s", got)
	}
	if u := op.User; !u.Admin || u.Name != "ann" || u.DisplayName != "ann" || u.Language != "zh-CN" || u.CreatedAt != w.clock.ms() {
		t.Errorf("the admin is %+v", u)
	}
	settings, err = w.Settings()
	w.ok(err)
	g, members, err := w.GroupFor(op.User.ID, settings.Everyone)
	w.ok(err)
	if !settings.Claimed || settings.ServerName != "茶馆" || settings.Registration != store.RegistrationInvite {
		t.Errorf("settings %+v", settings)
	}
	if !g.Everyone || g.Name != "" || g.Owner != op.User.ID || g.MemberCount != 1 || len(members) != 1 || members[0].Role != store.RoleOwner {
		t.Errorf("Everyone is %+v with %+v", g, members)
	}
	w.admin = op.User.ID
	w.refused(store.ErrNotFound, &store.Claim{ServerName: "Mine", Name: "eve"})
}

func TestClaimHasOneWinner(t *testing.T) {
	t.Parallel()
	w := openTemp(t, store.Options{})
	var ops []store.Op
	for i := range 100 {
		ops = append(ops, &store.Claim{ServerName: "Tea", Name: fmt.Sprintf("claimer %d", i), Everyone: true})
	}
	outcomes, err := w.Commit(ops)
	w.ok(err)
	for i, out := range outcomes {
		if (i == 0) != (out.Err == nil) || i > 0 && !errors.Is(out.Err, store.ErrNotFound) {
			t.Errorf("claim %d: %v", i, out.Err)
		}
	}
	users, _, err := w.FindUsers("", 0, 0, true)
	w.ok(err)
	if len(users) != 1 {
		t.Errorf("%d users", len(users))
	}
}

func TestRegisterRules(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rule, invite string
		byAdmin      bool
		want         error
	}{
		{store.RegistrationOpen, "none", false, nil},
		{store.RegistrationOpen, "good", false, nil},
		{store.RegistrationOpen, "wrong", false, store.ErrInviteInvalid},
		{store.RegistrationInvite, "none", false, store.ErrInviteRequired},
		{store.RegistrationInvite, "good", false, nil},
		{store.RegistrationInvite, "wrong", false, store.ErrInviteInvalid},
		{store.RegistrationInvite, "used", false, store.ErrInviteInvalid},
		{store.RegistrationInvite, "expired", false, store.ErrInviteInvalid},
		{store.RegistrationInvite, "revoked", false, store.ErrInviteInvalid},
		{store.RegistrationInvite, "none", true, nil},
		{store.RegistrationClosed, "none", false, store.ErrRegistrationClosed},
		{store.RegistrationClosed, "good", false, store.ErrRegistrationClosed},
		{store.RegistrationClosed, "none", true, nil},
	} {
		t.Run(fmt.Sprintf("%s %s %t", c.rule, c.invite, c.byAdmin), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			op := &store.Register{Name: "bob", Invite: w.invite(c.invite)}
			if c.byAdmin {
				op.ByAdmin = w.admin
			}
			_, err := w.ChangeSettings(nil, &c.rule)
			w.ok(err)
			if c.want != nil {
				w.refused(c.want, op)
				_, err := w.UserByName("bob")
				w.fails(store.ErrNoSuchUser, err)
				return
			}
			w.must(op)
			if c.invite == "good" {
				invites, err := w.Invites()
				w.ok(err)
				if len(invites) != 1 || invites[0].Uses != 1 {
					t.Errorf("invites %+v", invites)
				}
			}
		})
	}
}

// invite makes a code in some state.
func (w *world) invite(state string) string {
	w.t.Helper()
	switch state {
	case "none":
		return ""
	case "wrong":
		return "AAAAAAAAAAAAAAAA"
	}
	i, err := w.CreateInvite(w.admin, 1, w.clock.ms()+1000)
	w.ok(err)
	switch state {
	case "used":
		w.must(&store.Register{Name: "first", Invite: i.Code})
	case "expired":
		w.clock.advance(time.Second)
	case "revoked":
		w.ok(w.RevokeInvite(i.Code))
	}
	return i.Code
}

func TestInvites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob := w.user("bob")
	_, err := w.CreateInvite(bob, 0, w.clock.ms()+1000)
	w.fails(store.ErrNotAdmin, err)
	_, err = w.CreateInvite(w.admin, -1, w.clock.ms()+1000)
	w.fails(store.ErrInvalid, err)
	first, err := w.CreateInvite(w.admin, 2, w.clock.ms()+1000)
	w.ok(err)
	w.clock.advance(time.Millisecond)
	second, err := w.CreateInvite(w.admin, 0, w.clock.ms()+5000)
	w.ok(err)
	if len(first.Code) != 16 || first.Code == second.Code || first.By != w.admin {
		t.Errorf("invites %+v, %+v", first, second)
	}
	w.must(&store.Register{Name: "c1", Invite: first.Code})
	// A refused registration uses nothing up.
	w.refused(store.ErrNameTaken, &store.Register{Name: "c1", Invite: first.Code})
	w.ok(w.InviteValid(first.Code))
	w.must(&store.Register{Name: "c2", Invite: first.Code})
	w.fails(store.ErrInviteInvalid, w.InviteValid(first.Code))
	for i := range 20 {
		w.must(&store.Register{Name: fmt.Sprintf("d%d", i), Invite: second.Code})
	}
	invites, err := w.Invites()
	w.ok(err)
	if len(invites) != 2 || invites[0].Code != second.Code || invites[0].Uses != 20 || invites[1].Uses != 2 {
		t.Errorf("invites %+v", invites)
	}
	_, err = w.ChangeSettings(nil, ptr(store.RegistrationClosed))
	w.ok(err)
	w.fails(store.ErrInviteInvalid, w.InviteValid(second.Code))
	_, err = w.ChangeSettings(nil, ptr(store.RegistrationInvite))
	w.ok(err)
	w.ok(w.InviteValid(second.Code))
	w.ok(w.RevokeInvite(second.Code))
	w.fails(store.ErrNotFound, w.RevokeInvite(second.Code))
	w.fails(store.ErrNotFound, w.RevokeInvite(""))
	w.fails(store.ErrInviteInvalid, w.InviteValid(second.Code))
	w.clock.advance(time.Minute)
	invites, err = w.Invites()
	w.ok(err)
	if len(invites) != 0 {
		t.Errorf("expired invites are listed: %+v", invites)
	}
}

func TestChangeSettings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.ChangeSettings(ptr(" x"), nil)
	w.fails(store.ErrBadTitle, err)
	_, err = w.ChangeSettings(nil, ptr("sometimes"))
	w.fails(store.ErrInvalid, err)
	got, err := w.ChangeSettings(ptr("New"), ptr(store.RegistrationClosed))
	w.ok(err)
	stored, err := w.Settings()
	w.ok(err)
	if got != stored || got.ServerName != "New" || got.Registration != store.RegistrationClosed || !got.Claimed {
		t.Errorf("got %+v, stored %+v", got, stored)
	}
}

func TestRegisterValidates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.refused(store.ErrBadName, &store.Register{Name: "a\u202eb"})
	w.refused(store.ErrReservedName, &store.Register{Name: "Admin"})
	w.refused(store.ErrReservedName, &store.Register{Name: "Admin", ByAdmin: w.admin})
	w.refused(store.ErrBadTitle, &store.Register{Name: "bob", DisplayName: strings.Repeat("x", 65)})
	w.refused(store.ErrInvalid, &store.Register{Name: "bob", Language: "tlh"})
	bob := w.user("bob")
	w.refused(store.ErrNotAdmin, &store.Register{Name: "carl", ByAdmin: bob})
	w.refused(store.ErrNotAdmin, &store.Register{Name: "carl", ByAdmin: 999_999_999})
	op := &store.Register{Name: "Ｄａｎ", DisplayName: "Dan Ｄ", PHC: "phc"}
	people := w.people()
	effects := pick[store.UserChanged](w.must(op))
	if op.User.Name != "Dan" || op.User.DisplayName != "Dan Ｄ" {
		t.Errorf("stored as %+v", op.User)
	}
	if len(effects) != 1 || effects[0].User != op.User || effects[0].People != people+1 || w.people() != people+1 {
		t.Errorf("effects %+v, people %d to %d", effects, people, w.people())
	}
	if op.User.ID < 100_000_000 || op.User.ID > 999_999_999 {
		t.Errorf("number %d has not 9 digits", op.User.ID)
	}
}

// Names that fold to the same race to one winner, in one batch and from many
// goroutines.
func TestNameRace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	names := []string{"Zoë", "zoe\u0308", "ZOË", "ｚｏë", "Zoe\u0308"}
	var ops []store.Op
	for _, name := range names {
		ops = append(ops, &store.Register{Name: name})
	}
	outcomes, err := w.Commit(ops)
	w.ok(err)
	for i, out := range outcomes {
		if i == 0 && out.Err != nil || i > 0 && !errors.Is(out.Err, store.ErrNameTaken) {
			t.Errorf("%q: %v", names[i], out.Err)
		}
	}
	var wg sync.WaitGroup
	won := make(chan string, 8)
	for i := range cap(won) {
		wg.Go(func() {
			name := []string{"straße", "STRASSE"}[i%2]
			outcomes, err := w.Commit([]store.Op{&store.Register{Name: name}})
			if err == nil && outcomes[0].Err == nil {
				won <- name
			}
		})
	}
	wg.Wait()
	if len(won) != 1 {
		t.Errorf("%d accounts with one name", len(won))
	}
}

func TestRegisterJoinsEveryone(t *testing.T) {
	t.Parallel()
	w := openTemp(t, store.Options{MaxGroupMembers: 2})
	settings := w.claim(true)
	w.send(w.admin, settings.Everyone, "welcome")
	var ids []store.UserID
	for i := range 4 { // more than a group holds
		op := &store.Register{Name: fmt.Sprintf("user %d", i)}
		effects := w.must(op)
		if got := fmt.Sprint(kinds(effects)); got != "[UserChanged MemberJoined MessageAppended]" {
			t.Fatalf("effects %s", got)
		}
		m := pick[store.MemberJoined](effects)[0]
		if m.Membership.FromSeq != 1 || m.Membership.Joined != uint64(i)+3 || m.Rev != 1 {
			t.Errorf("membership %+v", m)
		}
		ids = append(ids, op.User.ID)
	}
	c := w.conversation(ids[3], settings.Everyone)
	if c.Unread != 0 || c.Group.MemberCount != 5 || c.Head != 6 {
		t.Errorf("conversation %+v", c)
	}
	byHand := &store.Register{Name: "by hand", ByAdmin: w.admin}
	w.must(byHand)
	w.conversation(byHand.User.ID, settings.Everyone)
	// Everyone may be left, and found again however many are in it.
	w.must(&store.RemoveMember{By: ids[0], User: ids[0], Conv: settings.Everyone})
	w.must(&store.JoinGroup{By: ids[0], Conv: settings.Everyone, ClientID: w.id()})
	w.refused(store.ErrOwnerMustHandOver, &store.RemoveMember{By: w.admin, User: w.admin, Conv: settings.Everyone})
	w.refused(store.ErrEveryoneCannotBeGone, &store.DissolveGroup{By: w.admin, Conv: settings.Everyone})
}

func TestEveryoneOwnerAlone(t *testing.T) {
	t.Parallel()
	w := openTemp(t, store.Options{})
	settings := w.claim(true)
	w.refused(store.ErrEveryoneCannotBeGone, &store.RemoveMember{By: w.admin, User: w.admin, Conv: settings.Everyone})
}

// The time to register does not grow with the people who are there.
func TestRegisterMany(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("registers 5,000 users")
	}
	w := openTemp(t, store.Options{})
	settings := w.claim(true)
	const total, batch = 5000, 250
	var times []time.Duration
	for n := 0; n < total; n += batch {
		var ops []store.Op
		for i := range batch {
			ops = append(ops, &store.Register{Name: fmt.Sprintf("speaker~%d", n+i), DisplayName: fmt.Sprintf("Speaker %d", n+i)})
		}
		start := time.Now()
		outcomes, err := w.Commit(ops)
		times = append(times, time.Since(start))
		w.ok(err)
		for _, out := range outcomes {
			w.ok(out.Err)
		}
	}
	early, late := slices.Min(times[:5]), slices.Min(times[len(times)-5:])
	if late > 8*early {
		t.Errorf("a batch took %v at the start and %v at the end", early, late)
	}
	if c := w.conversation(w.admin, settings.Everyone); c.Group.MemberCount != total+1 {
		t.Errorf("%d members", c.Group.MemberCount)
	}
	found, more, err := w.FindUsers("speaker~4999", 0, 10, false)
	w.ok(err)
	if len(found) != 1 || more {
		t.Errorf("found %d, more %t", len(found), more)
	}
}

func TestChangeUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob := w.user("bob")
	people, rev := w.people(), w.rev(bob)
	op := &store.ChangeUser{By: bob, User: bob, DisplayName: ptr("鲍勃")}
	effects := pick[store.UserChanged](w.must(op))
	if len(effects) != 1 || effects[0].People != people+1 || effects[0].User.DisplayName != "鲍勃" || op.Result != effects[0].User {
		t.Errorf("effects %+v, result %+v", effects, op.Result)
	}
	if effects := w.must(&store.ChangeUser{By: bob, User: bob, DisplayName: ptr("鲍勃")}); len(effects) != 0 || w.people() != people+1 {
		t.Errorf("changing nothing: %v", effects)
	}
	if effects := w.must(&store.ChangeUser{By: bob, User: bob, Language: ptr("en")}); len(effects) != 0 || w.rev(bob) != rev+1 {
		t.Errorf("one's own language: %v, rev %d", effects, w.rev(bob))
	}
	w.refused(store.ErrForbidden, &store.ChangeUser{By: w.admin, User: bob, DisplayName: ptr("x")})
	w.refused(store.ErrBadTitle, &store.ChangeUser{By: bob, User: bob, DisplayName: ptr("")})
	w.refused(store.ErrInvalid, &store.ChangeUser{By: bob, User: bob, Language: ptr("fr")})
	w.refused(store.ErrInvalid, &store.ChangeUser{By: bob, User: bob, Avatar: ptr("f_0")})
	w.refused(store.ErrNoSuchUser, &store.ChangeUser{By: bob, User: 999_999_999, DisplayName: ptr("x")})
	w.refused(store.ErrNotAdmin, &store.ChangeUser{By: bob, User: w.admin, Disabled: ptr(true)})
	w.refused(store.ErrLastAdmin, &store.ChangeUser{By: w.admin, User: w.admin, Disabled: ptr(true)})
}

func TestDisableUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob, carl := w.user("bob"), w.user("carl")
	login := store.Login{ID: store.LoginID{1}, User: bob}
	w.ok(w.CreateLogin(login))
	w.ok(w.CreateReset(bob, [32]byte{7}, w.clock.ms()+1000))
	op := &store.ChangeUser{By: w.admin, User: bob, Disabled: ptr(true)}
	w.must(op)
	if len(op.EndedLogins) != 1 || op.EndedLogins[0] != login.ID || !op.Result.Disabled {
		t.Errorf("ended %v, result %+v", op.EndedLogins, op.Result)
	}
	_, _, err := w.Login(login.ID)
	w.fails(store.ErrLoginRequired, err)
	w.fails(store.ErrDisabled, w.CreateLogin(store.Login{ID: store.LoginID{2}, User: bob}))
	_, _, err = w.UseReset("bob", [32]byte{7}, "phc")
	w.fails(store.ErrBadCode, err)
	w.refused(store.ErrDisabled, &store.AddContact{By: carl, User: bob, ClientID: w.id()})
	w.refused(store.ErrDisabled, &store.CreateGroup{By: carl, Name: "g", Members: []store.UserID{bob}, ClientID: w.id()})
	users, _, err := w.FindUsers("bob", 0, 10, false)
	w.ok(err)
	all, _, err := w.FindUsers("bob", 0, 10, true)
	w.ok(err)
	if len(users) != 0 || len(all) != 1 {
		t.Errorf("found %v and, disabled too, %v", users, all)
	}
	c, err := w.Credential("bob")
	w.ok(err)
	if !c.Disabled || c.PHC != "phc-bob" {
		t.Errorf("credential %+v", c)
	}
	w.must(&store.ChangeUser{By: w.admin, User: bob, Disabled: ptr(false)})
	w.ok(w.CreateLogin(store.Login{ID: store.LoginID{3}, User: bob}))
}

func TestFindUsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, u := range [][2]string{
		{"li.na", "李娜"}, {"lina", "Lina"}, {"linus", "Linus T"}, {"bob", "Carolina"}, {"carl", "LINA"}, {"dana", "Dana"},
	} {
		w.must(&store.Register{Name: u[0], DisplayName: u[1]})
	}
	names := func(query string) (list []string) {
		users, _, err := w.FindUsers(query, 0, 50, false)
		w.ok(err)
		for _, u := range users {
			list = append(list, u.Name)
		}
		return list
	}
	dana, err := w.UserByName("dana")
	w.ok(err)
	for query, want := range map[string]string{
		"lina":                   "[carl lina bob]", // exact by either name, then contains
		"ＬＩＮ":                    "[carl lina linus bob]",
		"李":                      "[li.na]",
		"娜":                      "[li.na]",
		"nobody":                 "[]",
		dana.ID.String():         "[dana]",
		dana.ID.String()[2:]:     "[dana]",
		strings.Repeat("x", 9e4): "[]",
		"\xff":                   "[]",
	} {
		got := names(query)
		if query == "lina" || query == "ＬＩＮ" {
			slices.SortStableFunc(got[:2], strings.Compare) // equal display names: by number
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%.20q: %v, want %s", query, got, want)
		}
	}
	if got := names(""); len(got) != 7 || got[0] != "ann" {
		t.Errorf("everybody: %v", got)
	}
}

func TestFindUsersPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 23 {
		w.must(&store.Register{Name: fmt.Sprintf("u%02d", i), DisplayName: fmt.Sprintf("Same %d", i%3)})
	}
	for _, query := range []string{"", "u", "same"} {
		whole, more, err := w.FindUsers(query, 0, 200, false)
		w.ok(err)
		if more {
			t.Errorf("%q: more after everything", query)
		}
		var paged []store.User
		for after, more := store.UserID(0), true; more; after = paged[len(paged)-1].ID {
			var page []store.User
			page, more, err = w.FindUsers(query, after, 5, false)
			w.ok(err)
			paged = append(paged, page...)
		}
		if !slices.Equal(whole, paged) {
			t.Errorf("%q: pages give %d users, the whole has %d", query, len(paged), len(whole))
		}
	}
}

func TestUsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob := w.user("bob")
	users, err := w.Users([]store.UserID{bob, 123_456_789, w.admin})
	w.ok(err)
	if len(users) != 2 || users[0].ID != bob || users[1].ID != w.admin {
		t.Errorf("users %+v", users)
	}
	_, err = w.User(123_456_789)
	w.fails(store.ErrNoSuchUser, err)
	for _, name := range []string{"", "nobody", "\xff", strings.Repeat("y", 1<<20)} {
		_, err = w.UserByName(name)
		w.fails(store.ErrNoSuchUser, err)
		_, err = w.Credential(name)
		w.fails(store.ErrNoSuchUser, err)
	}
}
