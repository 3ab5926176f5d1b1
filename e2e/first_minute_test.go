package e2e

import (
	"testing"
)

// The first minute: from the set-up link to two people and a group that talk.
func TestFirstMinute(t *testing.T) {
	for name, screens := range map[string][2]Screen{
		"desktop and phone": {Desktop, Phone},
		"phone and desktop": {Phone.In("zh-CN", true), Desktop.In("zh-CN", false)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := StartServer(t)
			ada, ben := OpenWindow(t, s, screens[0]), OpenWindow(t, s, screens[1])

			ben.Goto("/")
			ben.See(id("waiting"))
			ada.SetUp(s, "茶馆 test", "ada")
			ada.See(id("addresses"))
			ada.Click(id("to-chats"))
			ada.See("#list")

			// The waiting page moves on by itself to the log-in.
			ben.See(id("login-form"))
			ben.Click(id("to-register"))
			ben.Register("本", "Ben 本")
			ben.Ready()
			var secure bool
			ben.Eval("isSecureContext", &secure)
			if secure {
				t.Error("the test's origin is a secure context, which a LAN is not")
			}

			addByName(ben, "ada")
			ben.Say("hello from ben")
			ben.SeeSent("hello from ben")
			ada.OpenNamed("Ben 本")
			ada.SeeMessage("hello from ben")
			ada.Say("你好 👋")
			ben.SeeMessage("你好 👋")
			// Both have read it: the sender sees so.
			ada.See(id("message") + " .tick--read")

			ada.Type(id("composer-input"), "thinking")
			ben.See(id("typing"))
			ada.Press("\b")

			makeGroup(ada, "第一组", "Ben 本")
			ada.Say("welcome")
			ada.SeeSent("welcome")
			ben.toList()
			ben.OpenNamed("第一组")
			ben.SeeMessage("welcome")
			ben.Say("thanks")
			ada.SeeMessage("thanks")
		})
	}
}

// addByName adds somebody from the list's menu, which opens their chat.
func addByName(w *Window, name string) {
	w.t.Helper()
	w.toList()
	w.Click(id("new"))
	w.Click(id("new-contact"))
	w.Type(id("field-who"), name)
	w.Click(id("add-contact-form") + " " + id("submit"))
	w.See(id("composer-input"))
}

// makeGroup makes a group with one other person, which opens its chat.
func makeGroup(w *Window, name, other string) {
	w.t.Helper()
	w.toList()
	w.Click(id("new"))
	w.Click(id("new-group"))
	w.Fill(id("field-group_name"), name)
	w.ClickText(id("picker-row")+" label", other)
	w.Click(id("new-group-form") + " " + id("submit"))
	w.SeeText(".chat__title", name)
}
