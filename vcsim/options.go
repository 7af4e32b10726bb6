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

// UpdateOptions takes in the extension's options, and leaves all of them to vcsim.
func (o *optionManager) UpdateOptions(ctx *simulator.Context, req *types.UpdateOptions) soap.HasFault {
	if ctx.Session.UserName != o.x.agent && steers(req.ChangedValue) {
		fault := &types.NoPermission{Object: &req.This, PrivilegeId: "Global.Settings"}
		return refuseOptions("only the laboratory's own session may set vcsim.* options", fault)
	}
	if err := o.steer(req.ChangedValue); err != nil {
		return refuseOptions(err.Error(), &types.InvalidArgument{InvalidProperty: err.key})
	}
	var res soap.HasFault
	ctx.WithLock(o.OptionManager, func() { res = o.OptionManager.UpdateOptions(req) })
	return res
}

func (o *optionManager) steer(options []types.BaseOptionValue) *misfit {
	for _, v := range options {
		option := v.GetOptionValue()
		if err := o.x.settings.change(option.Key, option.Value); err != nil {
			return &misfit{option.Key, err}
		}
	}
	return nil
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
