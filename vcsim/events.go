package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// postEvent is EventManager.PostEvent for the agent: the event keeps the time and the text that it came with, where vcsim
// would stamp it with the clock of the machine and its own text.
type postEvent struct {
	unlocked
	events *simulator.EventManager
}

func (p *postEvent) Reference() ref { return elsewhere }

// Run is PostEvent.
func (p *postEvent) Run(ctx *simulator.Context, req *types.PostEvent) (res soap.HasFault) {
	event := req.EventToPost.GetEvent()
	created, text := event.CreatedTime, event.FullFormattedMessage
	ctx.WithLock(p.events, func() {
		res = p.events.PostEvent(ctx, req)
		event.CreatedTime = created
		if text != "" {
			event.FullFormattedMessage = text
		}
	})
	return res
}
