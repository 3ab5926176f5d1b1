package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"teahouse/e2e/client"
)

// stayers are never removed: what they write is never refused, and so always in
// their order. Somebody else's message may be refused, the answer lost with the
// socket, and accepted when it is sent again, after later ones.
const stayers = 3

// churn is a group whose members come and go, online and as members, while they
// write and the server is killed.
type churn struct {
	t       *testing.T
	ctx     context.Context
	server  *Server
	random  *rand.Rand
	owner   *client.API
	apis    []*client.API
	devices []*client.Device
	online  []bool
	conv    string
	drafts  []*client.Draft
	senders map[*client.Draft]int
}

// TestChurn plays some hundreds of random actions and compares: what was acked is in
// the log once, what was refused never; each sender's messages are in their order;
// everybody shows the whole log in the end. TEAHOUSE_SEED repeats a run.
func TestChurn(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	if given, err := strconv.ParseUint(os.Getenv("TEAHOUSE_SEED"), 10, 64); err == nil {
		seed = given
	}
	t.Logf("TEAHOUSE_SEED=%d", seed)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	c := &churn{
		t: t, ctx: ctx, random: rand.New(rand.NewPCG(seed, 0)), senders: map[*client.Draft]int{},
		server: StartServer(t, "-limit", "sends-per-second=100000", "-limit", "send-burst=100000", "-limit", "frames-per-second=100000"),
	}
	c.begin()
	const actions = 600
	for i := range actions {
		if i == actions/3 || i == 2*actions/3 {
			c.server.Restart()
		}
		c.act()
	}
	c.end()
}

// begin makes six people and their group; the owner writes too.
func (c *churn) begin() {
	c.owner = c.server.SetUp(c.ctx, false)
	var users []string
	for i := range 6 {
		api := c.owner
		if i > 0 {
			api = c.server.Join(c.ctx, fmt.Sprint("user", i), fmt.Sprint("User ", i))
		}
		d := device(c.t, c.ctx, api)
		c.apis, c.devices, c.online = append(c.apis, api), append(c.devices, d), append(c.online, true)
		if i > 0 {
			users = append(users, d.Me().User)
		}
	}
	g, err := c.owner.CreateGroup(c.ctx, client.NewClientID(), "churn", users)
	must(c.t, err)
	c.conv = g.Conv
}

// act does one thing at random; most of the time somebody writes.
func (c *churn) act() {
	who := c.random.IntN(len(c.devices))
	d, api, member := c.devices[who], c.apis[who], c.devices[who].Me().User
	switch n := c.random.IntN(20); {
	case n < 14:
		draft := d.Send(c.conv, fmt.Sprint("message ", len(c.drafts)))
		c.drafts, c.senders[draft] = append(c.drafts, draft), who
	case n < 17:
		if c.online[who] {
			d.GoOffline()
		} else {
			d.GoOnline()
		}
		c.online[who] = !c.online[who]
	case who < stayers:
	case n == 17:
		c.mayRefuse(c.owner.RemoveMember(c.ctx, c.conv, member))
	case n == 18:
		c.mayRefuse(api.LeaveGroup(c.ctx, c.conv))
	default:
		c.mayRefuse(c.owner.AddMembers(c.ctx, client.NewClientID(), c.conv, []string{member}))
	}
}

// mayRefuse fails on anything but an answer.
func (c *churn) mayRefuse(err error) {
	c.t.Helper()
	if err != nil && client.Reason(err) == "" {
		c.t.Fatal(err)
	}
}

// end brings everybody back and compares.
func (c *churn) end() {
	for i, d := range c.devices {
		d.GoOnline()
		if i > 0 {
			must(c.t, c.owner.AddMembers(c.ctx, client.NewClientID(), c.conv, []string{d.Me().User}))
		}
	}
	acked, refused := 0, 0
	for _, draft := range c.drafts {
		switch err := draft.Wait(c.ctx); client.Reason(err) {
		case "":
			must(c.t, err)
			acked++
		case "no_such_conversation":
			refused++
		default:
			c.t.Errorf("a send ended with %v", err)
		}
	}
	log, err := c.owner.History(c.ctx, c.conv)
	must(c.t, err)
	c.compareLog(log)
	for _, d := range c.devices {
		must(c.t, d.WaitShown(c.ctx, c.conv, uint64(len(log))))
		if err := sameShown(d.Shown(c.conv), log); err != nil {
			c.t.Errorf("displayed by %s: %v", d.Me().Name, err)
		}
	}
	c.t.Logf("%d acked, %d refused, %d in the log", acked, refused, len(log))
}

func (c *churn) compareLog(log []client.Message) {
	at := map[string]uint64{}
	for i, m := range log {
		if m.Seq != uint64(i+1) {
			c.t.Fatalf("seq %d at place %d", m.Seq, i+1)
		}
		if m.Kind != "text" {
			continue
		}
		if at[m.ClientID] != 0 {
			c.t.Errorf("%s is in the log at %d and %d", m.ClientID, at[m.ClientID], m.Seq)
		}
		at[m.ClientID] = m.Seq
	}
	last := map[int]uint64{} // of each sender
	for _, draft := range c.drafts {
		seq := at[draft.ClientID]
		switch who := c.senders[draft]; {
		case draft.Err != nil && who < stayers:
			c.t.Errorf("%q of a member was refused: %v", draft.Body, draft.Err)
		case draft.Err != nil && seq != 0:
			c.t.Errorf("%q was refused and is in the log at %d", draft.Body, seq)
		case draft.Err == nil && seq != draft.Seq:
			c.t.Errorf("%q was acked at %d and is at %d", draft.Body, draft.Seq, seq)
		case draft.Err == nil && seq < last[who] && who < stayers:
			c.t.Errorf("%q of sender %d is at %d, after one at %d", draft.Body, who, seq, last[who])
		case draft.Err == nil:
			last[who] = seq
		}
	}
}
