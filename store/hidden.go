package store

// Hide is the op that hides a conversation from its user's list until head > Seq.
// A Seq past the head is clamped to it, 0 shows the conversation again. An empty
// conversation is hidden with any other Seq; its first message shows it.
// ErrNoSuchConversation.
type Hide struct {
	User UserID
	Conv ConvID
	Seq  uint64
}

func (op *Hide) apply(tx *txn) error {
	if _, err := tx.requireMember(op.Conv, op.User); err != nil {
		return err
	}
	h, err := tx.head(op.Conv)
	if err != nil {
		return err
	}
	key := userConvKey(op.User, op.Conv)
	var before number
	if _, err := tx.get(bucketHidden, key, &before); err != nil {
		return err
	}
	after := number(min(op.Seq, max(h.seq, 1)))
	if after == before {
		return nil
	}
	return tx.setHidden(op.User, op.Conv, after)
}

func (tx *txn) setHidden(user UserID, conv ConvID, seq number) error {
	rev, err := tx.raiseRev(user)
	if err != nil {
		return err
	}
	key := userConvKey(user, conv)
	if seq == 0 {
		err = tx.delete(bucketHidden, key)
	} else {
		err = tx.put(bucketHidden, key, &seq)
	}
	if err != nil {
		return err
	}
	tx.emit(ConversationChanged{user, conv, rev})
	return nil
}

// unhideEmpty shows a direct conversation that was hidden while it was empty:
// its hidden seq is 1, which the first message would not pass.
func (tx *txn) unhideEmpty(conv ConvID) error {
	lower, higher, direct := conv.Pair()
	if !direct {
		return nil
	}
	for _, user := range [2]UserID{lower, higher} {
		if !tx.has(bucketHidden, userConvKey(user, conv)) {
			continue
		}
		if err := tx.setHidden(user, conv, 0); err != nil {
			return err
		}
	}
	return nil
}
