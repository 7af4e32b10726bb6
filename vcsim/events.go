package main

import (
	"fmt"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// postKey is the option whose value is a list of events to post, in order, as vSphere's own JSON. They keep the time and the
// text that they come with, where vcsim stamps what is posted with the clock of the machine and its own text.
const postKey = "POST"

// news is the events to post in one call.
type news []types.BaseEvent

func readNews(text string) (order, error) {
	var n news
	if err := types.NewJSONDecoder(strings.NewReader(text)).Decode(&n); err != nil {
		return nil, &misfit{postKey, err}
	}
	for i, event := range n {
		if event == nil {
			return nil, &misfit{postKey, fmt.Errorf("element %d is no event", i)}
		}
	}
	return n, nil
}

// apply posts all of them.
func (n news) apply(ctx *simulator.Context) error {
	manager := ctx.Map.EventManager()
	for _, posted := range n {
		event := posted.GetEvent()
		created, text := event.CreatedTime, event.FullFormattedMessage
		ctx.WithLock(manager, func() {
			manager.PostEvent(ctx, &types.PostEvent{This: manager.Self, EventToPost: posted})
			event.CreatedTime = created
			if text != "" {
				event.FullFormattedMessage = text
			}
		})
	}
	return nil
}
