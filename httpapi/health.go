package httpapi

import "teahouse/store"

type health struct {
	Status string `json:"status"`
}

// handleHealth answers as soon as the process serves.
func (a *api) handleHealth(*call) (any, error) { return health{"ok"}, nil }

// handleReady answers if the database can be read.
func (a *api) handleReady(*call) (any, error) {
	if _, err := a.store.Settings(); err != nil {
		a.log.Error("not ready", "err", err)
		return nil, store.ErrBusy
	}
	return health{"ok"}, nil
}
