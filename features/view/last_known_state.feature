Feature: vSphere HA powers on the desktops that were on, and users find there what was replicated
  Nobody says at the recovery site which desktops to start. The replicas hold what was known last, and what users had written by then.

  @VIEW-06 @capability:view-composer @product:srm
  Rule: Exactly the desktops come up that were on, by what the replicas hold

    Example: With synchronous replication the moment of the loss counts
      Given two sites with View
      And the operator powers off "office-01"
      And the operator powers on "office-10" through "vCenter"
      And the hosts synchronize their port files
      And the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      And the replicas of "cg-desktops" are mounted on the recovery hosts
      When the operator takes the recovery hosts out of maintenance mode
      Then exactly the VMs that ran when the site was lost run on the recovery hosts
      And "office-10" runs on a recovery host
      And "office-01" runs on no recovery host
      And each user gets the same desktop as when the site was lost
      And the recovery hosts are not in maintenance mode
      And nothing else has changed

    Example: With asynchronous replication the last completed replication counts
      Given two sites with View and "asynchronous replication"
      And the replication of "cg-desktops" completes a cycle
      And the operator powers off "office-01"
      And the operator powers on "office-10" through "vCenter"
      And the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      And the replicas of "cg-desktops" are mounted on the recovery hosts
      When the operator takes the recovery hosts out of maintenance mode
      Then exactly the VMs that ran at the last completed replication run on the recovery hosts
      And "office-10" runs on no recovery host
      And "office-01" runs on a recovery host
      And each user gets the same desktop as at the last completed replication
      And the recovery hosts are not in maintenance mode
      And nothing else has changed

    @twin:desktops-shut-down-cleanly
    Example: After a clean shutdown nothing is started
      Given two sites with View
      And the operator shuts down all VMs of "vc-desk"
      And the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      And the replicas of "cg-desktops" are mounted on the recovery hosts
      When the operator takes the recovery hosts out of maintenance mode
      Then no VM runs on the recovery hosts
      And the protected list of vSphere HA on the datastore "view-os01" is empty
      And the recovery hosts are not in maintenance mode
      And nothing else has changed

  @VIEW-06 @capability:view-composer @product:srm
  Rule: On the persistent disks is what users had written by the last completed replication

    Example: With synchronous replication nothing is lost
      Given two sites with View
      And "user-01" writes "plan" on the desktop
      And the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      And the replicas of "cg-desktops" are mounted on the recovery hosts
      When the operator takes the recovery hosts out of maintenance mode
      Then exactly the VMs that ran when the site was lost run on the recovery hosts
      And "user-01" finds "plan" on the desktop
      And each user gets the same desktop as when the site was lost
      And the recovery hosts are not in maintenance mode
      And nothing else has changed

    @twin:written-since-the-last-replication
    Example: With asynchronous replication what was written since then is lost
      Given two sites with View and "asynchronous replication"
      And "user-01" writes "plan" on the desktop
      And the replication of "cg-desktops" completes a cycle
      And "user-01" writes "answer" on the desktop
      And "designer-02" writes "sketch" on the desktop
      And the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      And the replicas of "cg-desktops" are mounted on the recovery hosts
      When the operator takes the recovery hosts out of maintenance mode
      Then exactly the VMs that ran when the site was lost run on the recovery hosts
      And "user-01" finds "plan" on the desktop
      And "user-01" has lost "answer", written since the last completed replication of "cg-desktops"
      And "designer-02" has lost "sketch", written since the last completed replication of "cg-desktops"
      And each user gets the same desktop as at the last completed replication
      And the recovery hosts are not in maintenance mode
      And nothing else has changed
