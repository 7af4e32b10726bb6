package main

import (
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// optionManager is vCenter's OptionManager, with the keys of the extension.
type optionManager struct {
	unlocked
	*simulator.OptionManager
	x *extension
}

func settingOf(ctx *simulator.Context) *ref {
	return ctx.Map.Get(vim25.ServiceInstance).(*simulator.ServiceInstance).Content.Setting
}

// UpdateOptions sets properties and the extension's options, and leaves the other keys to vcsim.
func (o *optionManager) UpdateOptions(ctx *simulator.Context, req *types.UpdateOptions) soap.HasFault {
	batch, rest := partition(req.ChangedValue)
	if ctx.Session.UserName != o.x.agent && (batch.sets() || steers(rest)) {
		fault := &types.NoPermission{Object: &req.This, PrivilegeId: "Global.Settings"}
		return refuseOptions("only the laboratory's own session may set properties and vcsim.* options", fault)
	}
	if key, err := batch.apply(ctx); err != nil {
		return refuseOptions(err.Error(), &types.InvalidArgument{InvalidProperty: key})
	}
	for _, v := range rest {
		option := v.GetOptionValue()
		if err := o.x.settings.change(option.Key, option.Value); err != nil {
			return refuseOptions(err.Error(), &types.InvalidArgument{InvalidProperty: option.Key})
		}
	}
	var res soap.HasFault
	ctx.WithLock(o.OptionManager, func() {
		res = o.OptionManager.UpdateOptions(&types.UpdateOptions{This: req.This, ChangedValue: rest})
	})
	return res
}

func steers(values []types.BaseOptionValue) bool {
	for _, v := range values {
		if strings.HasPrefix(v.GetOptionValue().Key, "vcsim.") {
			return true
		}
	}
	return false
}

func refuseOptions(message string, fault types.BaseMethodFault) soap.HasFault {
	return &methods.UpdateOptionsBody{Fault_: simulator.Fault(message, fault)}
}
