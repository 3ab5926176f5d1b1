package hub

import (
	"sync"
	"time"

	"github.com/dgraph-io/ristretto/v2"

	"teahouse/store"
)

// hotCache is the hot part of the offline queue. The truth is the log and what
// the device says it has; whatever is here may be refused or forgotten at any
// moment and then only takes longer. Keys and values:
//
//	tail:<conv>      *tail, the last frames of a conversation
//	queue:<user>     *waiting, which conversations wait for an absent user
//	presence:<user>  int64, when a user not seen since the start was last online
//
// A value is immutable for its key or has its own lock, since a second Set of a
// new key may leave the first one's value. Nothing reads a Set's result.
type hotCache interface {
	Get(key string) (any, bool)
	Set(key string, value any, cost int64, ttl time.Duration)
	Close()
}

// ristrettoCache is the hotCache of the program.
type ristrettoCache struct{ c *ristretto.Cache[string, any] }

// itemBytes is a guess at what an entry without frames costs, and the divisor
// that makes the number of counters from the budget.
const itemBytes = 256

func newRistretto(budget int64) (ristrettoCache, error) {
	c, err := ristretto.NewCache(&ristretto.Config[string, any]{
		NumCounters: max(1000, 10*budget/(4<<10)),
		MaxCost:     budget,
		BufferItems: 64,
	})
	return ristrettoCache{c}, err
}

func (r ristrettoCache) Get(key string) (any, bool) { return r.c.Get(key) }

func (r ristrettoCache) Set(key string, value any, cost int64, ttl time.Duration) {
	r.c.SetWithTTL(key, value, cost, ttl)
}

func (r ristrettoCache) Close() { r.c.Close() }

// tail holds the last message frames of a conversation, contiguous and shared by
// all their readers. It knows no memberships: readers stop at the head.
type tail struct {
	mu sync.Mutex

	// Guarded by mu.
	frames   []tailFrame // ascending seq without a gap
	bytes    int
	declared int64 // the cost the cache knows
}

type tailFrame struct {
	seq   uint64
	at    int64
	frame []byte
}

// push appends a frame; one that does not follow the last empties the tail
// first.
func (t *tail) push(f tailFrame, maxFrames, maxBytes int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := len(t.frames); n > 0 && f.seq != t.frames[n-1].seq+1 {
		t.frames, t.bytes = nil, 0
	}
	t.frames = append(t.frames, f)
	t.bytes += len(f.frame)
	drop := 0
	for drop < len(t.frames)-1 && (len(t.frames)-drop > maxFrames || t.bytes > maxBytes) {
		t.bytes -= len(t.frames[drop].frame)
		t.frames[drop].frame = nil
		drop++
	}
	t.frames = t.frames[drop:]
}

// grown returns the cost the cache should know, if it has doubled since.
func (t *tail) grown() (cost int64, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	cost = int64(t.bytes) + itemBytes + 48*int64(len(t.frames))
	if cost < 2*t.declared {
		return 0, false
	}
	t.declared = cost
	return cost, true
}

// after copies the frames of (seq, head], as many as fit in maxBytes but at least
// one. ok is false unless the tail covers all of it; the covering check and the
// copy are one critical section. If at is not 0, the frame at seq must be there
// too and carry that time.
func (t *tail) after(seq uint64, at int64, head uint64, maxBytes int) (frames []tailFrame, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.frames) == 0 {
		return nil, false
	}
	from, to := t.frames[0].seq, t.frames[len(t.frames)-1].seq
	first := seq + 1
	if at != 0 {
		first = seq
	}
	if first < from || to < head || seq > head {
		return nil, false
	}
	if at != 0 && t.frames[seq-from].at != at {
		return nil, false // the store says what that means
	}
	n := 0
	for i := seq + 1 - from; i < uint64(len(t.frames)) && t.frames[i].seq <= head; i++ {
		n += len(t.frames[i].frame)
		if len(frames) > 0 && n > maxBytes {
			break
		}
		frames = append(frames, t.frames[i])
	}
	return frames, true
}

// pushTail puts a released message's frame into its conversation's tail. Only the
// sequencer calls it, just before that message's own delivery.
func (h *Hub) pushTail(m store.Message, frame []byte) {
	key := "tail:" + string(m.Conv)
	value, _ := h.hot.Get(key)
	t, ok := value.(*tail)
	if !ok {
		t = &tail{}
	}
	t.push(tailFrame{m.Seq, m.At, frame}, h.limits.TailMessages, h.limits.TailBytes)
	if cost, ok := t.grown(); ok {
		h.hot.Set(key, t, cost, 0)
	}
}

func (h *Hub) tailOf(conv store.ConvID) (*tail, bool) {
	value, _ := h.hot.Get("tail:" + string(conv))
	t, ok := value.(*tail)
	return t, ok
}

// waiting lists the conversations in which something came for a user who was
// absent, so that a return looks at those first.
type waiting struct {
	mu sync.Mutex

	// Guarded by mu.
	convs map[store.ConvID]struct{}
	over  bool // the user came back; a later absence has a list of its own
}

// maxWaiting bounds the list; conversations beyond it are found all the same,
// only later.
const maxWaiting = 1000

// waitingFor keeps the list of a user who counts as absent for a day.
const waitingFor = 24 * time.Hour

func (w *waiting) note(conv store.ConvID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.convs == nil {
		w.convs = map[store.ConvID]struct{}{}
	}
	if len(w.convs) < maxWaiting {
		w.convs[conv] = struct{}{}
	}
}

// take ends the list and returns what is on it.
func (w *waiting) take() map[store.ConvID]struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return nil
	}
	w.over = true
	return w.convs
}

// absentLocked begins the list of a user whose last session ended, and asks the
// user's conversations to note the next message in it. Hub.mu must be held.
func (h *Hub) absentLocked(user store.UserID) {
	w := &waiting{}
	h.hot.Set("queue:"+user.String(), w, itemBytes, waitingFor)
	for id := range h.members[user] {
		if c := h.convs[id]; c != nil {
			c.awaitedBy(user, w)
		}
	}
}

// returnedLocked ends the list of a user and returns the conversations on it,
// none if it was forgotten. Hub.mu must be held.
func (h *Hub) returnedLocked(user store.UserID) map[store.ConvID]struct{} {
	for id := range h.members[user] {
		if c := h.convs[id]; c != nil {
			c.awaitedBy(user, nil)
		}
	}
	value, _ := h.hot.Get("queue:" + user.String())
	if w, ok := value.(*waiting); ok {
		return w.take()
	}
	return nil
}
