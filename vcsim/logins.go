package main

import (
	"crypto/subtle"
	"fmt"

	"github.com/vmware/govmomi/vim25/types"
)

type login struct{ user, password string }

func (l login) is(user, password string) bool {
	sameUser := subtle.ConstantTimeCompare([]byte(l.user), []byte(user))
	samePassword := subtle.ConstantTimeCompare([]byte(l.password), []byte(password))
	return sameUser&samePassword == 1
}

// logins are the two users: the operator is everybody's, the agent is the laboratory's own.
type logins struct{ operator, agent login }

func (l logins) valid(req *types.Login) bool {
	return l.operator.is(req.UserName, req.Password) || l.agent.is(req.UserName, req.Password)
}

// loginsFrom reads them from the environment: a command line can be read by every user of the machine.
func loginsFrom(getenv func(string) string) (logins, error) {
	var l logins
	for name, to := range map[string]*string{
		"VCSIM_USER": &l.operator.user, "VCSIM_PASSWORD": &l.operator.password,
		"VCSIM_AGENT_USER": &l.agent.user, "VCSIM_AGENT_PASSWORD": &l.agent.password,
	} {
		if *to = getenv(name); *to == "" {
			return l, fmt.Errorf("the environment lacks %s (needed: VCSIM_USER, VCSIM_PASSWORD, VCSIM_AGENT_USER, VCSIM_AGENT_PASSWORD)", name)
		}
	}
	if l.operator.user == l.agent.user {
		return l, fmt.Errorf("VCSIM_USER and VCSIM_AGENT_USER are the same user, %s", l.agent.user)
	}
	return l, nil
}
