Feature: vSphere HA brings back the last known state
  At the recovery site nobody says which VMs to start. vSphere HA reads from the replicas which of them ran, and starts exactly
  these: as they were when the site was lost, or when a replication was completed for the last time.

  @VCD-02 @product:vcd
  Rule: After the loss of a site vSphere HA starts exactly the VMs that ran, by what the replicas hold

    Example: Exactly the VMs that ran come up
      Given two sites
      And the "protected" site is lost
      And the replicas of "cg-tenants" are mounted on the recovery hosts
      When the operator takes the recovery hosts out of maintenance mode
      Then exactly the VMs that ran when the site was lost run on the recovery hosts
      And the recovery hosts are not in maintenance mode
      And the "protected" site answers nobody
      And nothing else has changed

    Example: With synchronous replication the moment of the loss counts
      Given two sites
      And the operator powers on "acme-lab-05" through "vCenter"
      And the operator powers off "acme-mail-01"
      And the hosts synchronize their port files
      And the "protected" site is lost
      And the replicas of "cg-tenants" are mounted on the recovery hosts
      When the operator takes the recovery hosts out of maintenance mode
      Then exactly the VMs that ran when the site was lost run on the recovery hosts
      And "acme-lab-05" runs on a recovery host
      And "acme-mail-01" runs on no recovery host
      And the recovery hosts are not in maintenance mode
      And nothing else has changed

    Example: With asynchronous replication the last completed replication counts
      Given two sites with "asynchronous replication"
      And the replication of "cg-tenants" completes a cycle
      And the operator powers on "acme-lab-05" through "vCenter"
      And the operator powers off "acme-mail-01"
      And the "protected" site is lost
      And the replicas of "cg-tenants" are mounted on the recovery hosts
      When the operator takes the recovery hosts out of maintenance mode
      Then exactly the VMs that ran at the last completed replication run on the recovery hosts
      And "acme-lab-05" runs on no recovery host
      And "acme-mail-01" runs on a recovery host
      And the recovery hosts are not in maintenance mode
      And nothing else has changed

    @twin:clean-shutdown
    Example: After a clean shutdown nothing is started
      Given two sites
      And the operator shuts down all VMs of "vc-res"
      And the "protected" site is lost
      And the replicas of "cg-tenants" are mounted on the recovery hosts
      When the operator takes the recovery hosts out of maintenance mode
      Then no VM runs on the recovery hosts
      And the protected list of vSphere HA on the datastore "tenant-vmfs01" is empty
      And the protected list of vSphere HA on the datastore "tenant-vmfs04" is empty
      And the recovery hosts are not in maintenance mode
      And nothing else has changed
