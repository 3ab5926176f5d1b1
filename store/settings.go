package store

import "fmt"

// The three ways to register.
const (
	RegistrationOpen   = "open"
	RegistrationInvite = "invite"
	RegistrationClosed = "closed"
)

// Settings are the server's own; Claimed is false until the first admin is made.
type Settings struct {
	Claimed      bool
	ServerName   string
	Registration string
	Everyone     ConvID // the group Everyone, or ""
}

func (s *Settings) encode(e *encoder) {
	e.bool(s.Claimed)
	e.string(s.ServerName)
	e.string(s.Registration)
	e.string(string(s.Everyone))
}

func (s *Settings) decode(d *decoder) {
	s.Claimed = d.bool()
	s.ServerName, s.Registration = d.string(), d.string()
	s.Everyone = ConvID(d.string())
}

func isRegistration(rule string) bool {
	return rule == RegistrationOpen || rule == RegistrationInvite || rule == RegistrationClosed
}

// settings reads the settings; a server without any has nobody yet. Where there
// are people and no settings the database is damaged: it must not look like a new
// server, which its first visitor may claim.
func (tx *txn) settings() (Settings, error) {
	settings := Settings{Registration: RegistrationOpen}
	ok, err := tx.get(bucketSettings, keyServer, &settings)
	if err != nil || ok {
		return settings, err
	}
	if k, _ := tx.tx.Bucket(bucketUsers).Cursor().First(); k != nil {
		return settings, fmt.Errorf("users without settings: %w", ErrDamaged)
	}
	return settings, nil
}

func (tx *txn) putSettings(s Settings) error { return tx.put(bucketSettings, keyServer, &s) }

// Settings returns the current settings.
func (s *Store) Settings() (settings Settings, err error) {
	err = s.view(func(tx *txn) error {
		settings, err = tx.settings()
		return err
	})
	return settings, err
}

// ChangeSettings changes what is not nil and returns all. ErrBadTitle,
// ErrInvalid, ErrSetupRequired.
func (s *Store) ChangeSettings(serverName, registration *string) (settings Settings, err error) {
	err = s.update(func(tx *txn) error {
		if settings, err = tx.settings(); err != nil {
			return err
		}
		if !settings.Claimed {
			return ErrSetupRequired
		}
		if serverName != nil {
			if err := checkTitle(*serverName); err != nil {
				return err
			}
			settings.ServerName = *serverName
		}
		if registration != nil {
			if !isRegistration(*registration) {
				return ErrInvalid
			}
			settings.Registration = *registration
		}
		return tx.putSettings(settings)
	})
	return settings, err
}

// Claim is the op of the first run: it makes the first admin, stores the
// settings and, if Everyone is set, the group Everyone owned by the admin. One
// winner: ErrNotFound once claimed.
type Claim struct {
	ServerName, Name, PHC, Registration, Language string
	Everyone                                      bool

	User User // result
}

func (op *Claim) apply(tx *txn) error {
	settings, err := tx.settings()
	if err != nil {
		return err
	}
	if settings.Claimed {
		return ErrNotFound
	}
	if err := checkTitle(op.ServerName); err != nil {
		return err
	}
	settings.Claimed, settings.ServerName = true, op.ServerName
	if op.Registration != "" {
		settings.Registration = op.Registration
	}
	if !isRegistration(settings.Registration) {
		return ErrInvalid
	}
	u := User{Name: op.Name, Language: op.Language, Admin: true}
	if err := tx.checkNewUser(&u); err != nil {
		return err
	}
	if err := tx.createUser(&u, op.PHC); err != nil {
		return err
	}
	op.User = u
	if op.Everyone {
		g := Group{Owner: u.ID, Join: JoinOpen, History: HistoryAll, Everyone: true}
		if settings.Everyone, err = tx.createGroup(g, nil); err != nil {
			return err
		}
	}
	return tx.putSettings(settings)
}
