package store

// LastSeen is the op that keeps when users were last online (Unix milliseconds);
// unknown users are passed over.
type LastSeen struct{ At map[UserID]int64 }

// moment is a stored time.
type moment int64

func (m *moment) encode(e *encoder) { e.int(int64(*m)) }
func (m *moment) decode(d *decoder) { *m = moment(d.int()) }

func (op *LastSeen) apply(tx *txn) error {
	for user, at := range op.At {
		if !tx.has(bucketUsers, userKey(user)) {
			continue
		}
		m := moment(at)
		if err := tx.put(bucketLastSeen, userKey(user), &m); err != nil {
			return err
		}
	}
	return nil
}

// LastSeenOf returns the stored times (Unix milliseconds) of users; those never
// seen are left out.
func (s *Store) LastSeenOf(users []UserID) (map[UserID]int64, error) {
	seen := make(map[UserID]int64, len(users))
	err := s.view(func(tx *txn) error {
		for _, user := range users {
			var m moment
			ok, err := tx.get(bucketLastSeen, userKey(user), &m)
			if err != nil {
				return err
			}
			if ok {
				seen[user] = int64(m)
			}
		}
		return nil
	})
	return seen, err
}
