Feature: The cloud is unreachable until the recovery plan has brought its management back
  The resource vCenter and vCloud Director are VMs of the protected site: nobody answers for them until they run at the other one.

  @VCD-06 @product:vcd
  Rule: Between the loss of the site and the end of the plan the resource vCenter and vCloud Director answer nobody

    Example: The site is lost
      Given two sites
      When the "protected" site is lost
      Then "vc-res" answers nobody
      And vCloud Director answers nobody
      And the "protected" site answers nobody
      And the recovery plan "management" is "READY_STATE"
      And nothing else has changed

    Example: The plan has ended: both come to answer
      Given two sites
      And the "protected" site is lost
      When the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      Then the validation finds nothing amiss
      And "vc-res" answers
      And the recovery plan "management" is "DISASTER_RECOVERY_COMPLETE"
      And the management VMs run at "vc-mgmt-b"
      And the datastores of "cg-management" are accessible on the hosts of "vc-mgmt-b"
      And nothing else has changed

    @twin:plan-fails-in-the-middle
    Example: The plan fails in the middle, and says where
      Given two sites
      And the configuration file of "vcd-db" of "vc-mgmt-a" has another name
      And the "protected" site is lost
      When the operator tries to run the recovery plan "management"
      Then the attempt fails: "step 6, Recover VMs: no file vcd-db/vcd-db.vmx"
      And the recovery plan "management" is "RECOVERY_INCOMPLETE"
      And "vc-res" answers nobody
      And vCloud Director answers nobody
      And the management VMs stand at "vc-mgmt-b", and none runs
      And the datastores of "cg-management" are accessible on the hosts of "vc-mgmt-b"
      And nothing else has changed

    Example: The plan that failed is run again when the cause is gone
      Given two sites
      And the configuration file of "vcd-db" of "vc-mgmt-a" has another name
      And the "protected" site is lost
      And the operator tries to run the recovery plan "management"
      And the operator gives the configuration file of "vcd-db" its name back on "mgmt-b01"
      When the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      Then the validation finds nothing amiss
      And "vc-res" answers
      And the recovery plan "management" is "DISASTER_RECOVERY_COMPLETE"
      And the management VMs run at "vc-mgmt-b"
      And nothing else has changed
