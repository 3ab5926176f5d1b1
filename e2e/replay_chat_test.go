package e2e

import (
	"fmt"
	"math/rand/v2"

	"teahouse/e2e/client"
)

// playing is one chat on its way through the server. One goroutine plays it.
type playing struct {
	*replay
	chat     *chat
	conv     string
	capacity int // members online at once
	random   *rand.Rand

	members []*person
	online  []*person // longest first
	flying  []*client.Draft
	speaker *person // of the drafts in flight
}

// run plays the chat to its end and lets every member catch up.
func (p *playing) run() error {
	if err := p.open(); err != nil {
		return fmt.Errorf("open: %w", err)
	}
	for i, l := range p.chat.lines {
		if err := p.say(i, l); err != nil {
			return fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	if err := p.land(); err != nil {
		return err
	}
	return p.catchUp()
}

// open makes the conversation. Half of a group's speakers are its first members;
// the others join when they have something to say.
func (p *playing) open() error {
	first := p.people[p.chat.speakers[0]]
	id := client.NewClientID()
	if p.chat.pair {
		other := p.people[p.chat.speakers[1]]
		p.members = []*person{first, other}
		return p.insist(func() error {
			c, err := first.api.AddContact(p.ctx, id, other.name)
			p.conv = c.Conv
			return err
		})
	}
	var ids []string
	for i, speaker := range p.chat.speakers {
		if i%2 == 0 {
			p.members = append(p.members, p.people[speaker])
			if i > 0 {
				ids = append(ids, p.people[speaker].id)
			}
		}
	}
	return p.insist(func() error {
		c, err := first.api.CreateGroup(p.ctx, id, p.chat.name, ids)
		p.conv = c.Conv
		return err
	})
}

// flickerEvery and rotateEvery are in lines.
const (
	flickerEvery = 25 // the speaker loses the network right after a send
	rotateEvery  = 10 // somebody comes and somebody goes, besides the speakers
	pairChanges  = 4  // in a pair the listener is there, then away
)

// say sends one line in the chat's order: after the ack of the one before if that
// had another speaker.
func (p *playing) say(i int, l line) error {
	speaker := p.people[l.From]
	if speaker != p.speaker {
		if err := p.land(); err != nil {
			return err
		}
		p.speaker = speaker
		p.switches.Add(1)
	}
	if err := p.join(speaker); err != nil {
		return fmt.Errorf("join: %w", err)
	}
	p.bring(speaker)
	switch {
	case p.chat.pair && i/pairChanges%2 == 0:
		p.leaveAllBut(speaker)
	case p.chat.pair:
		p.bring(p.members[0])
		p.bring(p.members[1])
	case i%rotateEvery == 0:
		p.bring(p.members[p.random.IntN(len(p.members))])
	}
	p.evict()
	p.flying = append(p.flying, speaker.device.Send(p.conv, l.Body))
	if i%flickerEvery == flickerEvery/2 {
		speaker.flicker()
	}
	return nil
}

// join makes the speaker a member if they are none yet.
func (p *playing) join(speaker *person) error {
	for _, m := range p.members {
		if m == speaker {
			return nil
		}
	}
	p.members = append(p.members, speaker)
	id := client.NewClientID()
	return p.insist(func() error {
		_, err := speaker.api.JoinGroup(p.ctx, id, p.conv)
		return err
	})
}

// land waits until all that is in flight is acked.
func (p *playing) land() error {
	for _, draft := range p.flying {
		if err := draft.Wait(p.ctx); err != nil {
			return err
		}
		p.countAck()
	}
	p.flying = nil
	return nil
}

// bring brings a member online.
func (p *playing) bring(who *person) {
	for _, o := range p.online {
		if o == who {
			return
		}
	}
	who.claim()
	p.online = append(p.online, who)
}

// evict lets go whoever was online longest, but never the speaker, until half of
// the members are.
func (p *playing) evict() {
	for len(p.online) > max(1+len(p.members)/2, 2) {
		i := 0
		if p.online[0] == p.speaker {
			i = 1
		}
		p.online[i].release()
		p.online = append(p.online[:i], p.online[i+1:]...)
	}
}

func (p *playing) leaveAllBut(who *person) {
	kept := p.online[:0]
	for _, o := range p.online {
		if o == who {
			kept = append(kept, o)
		} else {
			o.release()
		}
	}
	p.online = kept
}

// catchUp brings every member back, capacity at a time, until each displays the
// whole chat.
func (p *playing) catchUp() error {
	var head uint64
	if err := p.insist(func() error {
		last, err := p.members[0].api.MessagesBefore(p.ctx, p.conv, 0, 1)
		if err == nil && len(last) == 1 {
			head = last[0].Seq
		}
		return err
	}); err != nil {
		return err
	}
	here := map[*person]bool{}
	for _, o := range p.online {
		here[o] = true
	}
	absent := p.members[:0:0]
	for _, m := range p.members {
		if !here[m] {
			absent = append(absent, m)
		}
	}
	for batch := p.online; ; {
		for _, m := range batch {
			if err := m.device.WaitShown(p.ctx, p.conv, head); err != nil {
				return fmt.Errorf("catch up: %w", err)
			}
			m.release()
		}
		n := min(p.capacity, len(absent))
		if n == 0 {
			p.online = nil
			return nil
		}
		batch, absent = absent[:n], absent[n:]
		for _, m := range batch {
			m.claim()
		}
	}
}
