package httpapi

import (
	"fmt"
	"strings"
	"testing"

	"teahouse/hub"
	"teahouse/store"
)

func TestFindingPeople(t *testing.T) {
	t.Parallel()
	s, boss := newClaimed(t, store.RegistrationOpen)
	ann := s.register("ann")
	s.register("Anna")
	s.register("小明")
	find := func(query string) (names []string) {
		t.Helper()
		var page userPage
		boss.get("/api/users?query=" + query).is(200).into(&page)
		for _, u := range page.Users {
			names = append(names, u.Name)
		}
		return names
	}
	for query, want := range map[string]string{
		"ann": "[ann Anna]", "ANNA": "[Anna]", "%E5%B0%8F": "[小明]", ann.id().String(): "[ann]",
		strings.TrimPrefix(ann.id().String(), "u_"): "[ann]", "zzz": "[]",
	} {
		if got := fmt.Sprint(find(query)); got != want {
			t.Errorf("%q finds %s, want %s", query, got, want)
		}
	}
	if got := find(""); len(got) != 4 {
		t.Errorf("everybody is %v", got)
	}
	if got := string(boss.get("/api/users?query=zzz").body); got != `{"users":[],"more":false}` {
		t.Errorf("nobody is %s", got)
	}
}

func TestPeopleArePaged(t *testing.T) {
	t.Parallel()
	s, boss := newClaimed(t, store.RegistrationOpen)
	for i := range maxListed + 20 {
		op := &store.Register{Name: fmt.Sprintf("user %03d", i)}
		if err := s.hub.Do(t.Context(), op); err != nil {
			t.Fatal(err)
		}
	}
	var first, second userPage
	boss.get("/api/users").is(200).into(&first)
	if len(first.Users) != maxListed || !first.More {
		t.Fatalf("%d people, more %v", len(first.Users), first.More)
	}
	boss.get("/api/users?query=&after=" + first.Users[maxListed-1].User.String()).is(200).into(&second)
	if len(second.Users) != 21 || second.More {
		t.Errorf("then %d people, more %v", len(second.Users), second.More)
	}
	boss.get("/api/users?after=x").refused(store.ErrInvalid)
}

func TestPeopleByID(t *testing.T) {
	t.Parallel()
	s, boss := newClaimed(t, store.RegistrationOpen)
	ann, gone := s.register("ann"), s.register("gone")
	boss.patch("/api/admin/users/"+gone.id().String(), object{"disabled": true}).is(200)
	var got struct{ Users []hub.User }
	boss.get(fmt.Sprintf("/api/users?ids=%s,u_100000001,%s,%s", ann.id(), gone.id(), ann.id())).is(200).into(&got)
	names := map[string]bool{}
	for _, u := range got.Users {
		names[u.Name] = u.Disabled
	}
	if fmt.Sprint(names) != "map[ann:false gone:true]" || len(got.Users) != 2 {
		t.Errorf("got %+v", got)
	}
	boss.get("/api/users?ids=").refused(store.ErrInvalid)
	boss.get("/api/users?ids=x").refused(store.ErrInvalid)
	boss.get("/api/users?ids=" + strings.Repeat("u_100000001,", maxListed) + "u_100000001").refused(store.ErrInvalid)
}

func TestChangingMyProfile(t *testing.T) {
	t.Parallel()
	s, boss := newClaimed(t, store.RegistrationOpen)
	ann := s.register("ann")
	var changed struct{ Me me }
	ann.patch("/api/users/me", object{"display_name": "Ann 安", "language": "zh-CN"}).is(200).into(&changed)
	if changed.Me.DisplayName != "Ann 安" || changed.Me.Language != "zh-CN" || changed.Me.Name != "ann" {
		t.Errorf("changed %+v", changed)
	}
	ann.patch("/api/users/me", object{"language": ""}).is(200).into(&changed)
	if changed.Me.DisplayName != "Ann 安" || changed.Me.Language != "" {
		t.Errorf("changed %+v", changed)
	}
	var page userPage
	boss.get("/api/users?query=ann").is(200).into(&page)
	if page.Users[0].DisplayName != "Ann 安" {
		t.Errorf("others see %+v", page)
	}
	for field, cases := range map[string]map[any]*store.Refusal{
		"display_name": {
			"": store.ErrBadTitle, " a": store.ErrBadTitle, "a\u202eb": store.ErrBadTitle, "a\nb": store.ErrBadTitle,
			strings.Repeat("x", 65): store.ErrBadTitle, 7: store.ErrBadJSON,
		},
		"language": {"de": store.ErrInvalid},
		"name":     {"other": store.ErrBadJSON},
		"avatar":   {"f_1": store.ErrBadJSON},
		"admin":    {true: store.ErrBadJSON},
		"disabled": {false: store.ErrBadJSON},
	} {
		for value, want := range cases {
			ann.patch("/api/users/me", object{field: value}).refused(want)
		}
	}
}
