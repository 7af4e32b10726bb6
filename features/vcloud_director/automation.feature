Feature: The fail-over as an automated procedure
  The steps of the document as code, each with its checks: the same end state as by hand, whoever powers the tenants' VMs on, and
  however often the run is stopped on its way.

  @VCD-09 @product:vcd @product:srm
  Rule: The procedure ends where the documented steps do, in both of its branches

    Example: vSphere HA powers on what ran
      Given two sites
      When the "protected" site is lost
      And the operator carries out the procedure "vcd-failover" with "power-on=ha"
      Then the procedure "vcd-failover" has come to its end
      And the management VMs run at "vc-mgmt-b"
      And the datastores of "cg-management" are accessible on the hosts of "vc-mgmt-b"
      And the datastores of "cg-tenants" are accessible on the recovery hosts
      And the recovery hosts are not in maintenance mode
      And exactly the VMs that ran when the site was lost run on the recovery hosts
      And every VM on the recovery hosts has a network connection, on the port that it had
      And vCloud Director shows its vApps as before
      And the "protected" site answers nobody
      And nothing else has changed

    Example: vCloud Director powers on what ran, in order
      Given two sites
      When the "protected" site is lost
      And the operator carries out the procedure "vcd-failover" with "power-on=vcloud"
      Then the procedure "vcd-failover" has come to its end
      And the edges were powered on before the vApps, and the VMs of each vApp in its start order
      And no event "com.vmware.vc.ha.VmRestartedByHAEvent" is posted for "acme-shop-db-01"
      And the management VMs run at "vc-mgmt-b"
      And the datastores of "cg-management" are accessible on the hosts of "vc-mgmt-b"
      And the datastores of "cg-tenants" are accessible on the recovery hosts
      And the recovery hosts are not in maintenance mode
      And exactly the VMs that ran when the site was lost run on the recovery hosts
      And every VM on the recovery hosts has a network connection, on the port that it had
      And vCloud Director shows its vApps as before
      And the "protected" site answers nobody
      And nothing else has changed

    @twin:stopped-after-each-step
    Example: A run that is stopped after each step and resumed ends there as well
      Given two sites
      When the "protected" site is lost
      And the operator carries out the procedure "vcd-failover" with "power-on=vcloud", stopped after each step and resumed
      Then the procedure "vcd-failover" has come to its end
      And the log of the procedure "vcd-failover" shows a stop after each step
      And the edges were powered on before the vApps, and the VMs of each vApp in its start order
      And the management VMs run at "vc-mgmt-b"
      And the datastores of "cg-management" are accessible on the hosts of "vc-mgmt-b"
      And the datastores of "cg-tenants" are accessible on the recovery hosts
      And the recovery hosts are not in maintenance mode
      And exactly the VMs that ran when the site was lost run on the recovery hosts
      And every VM on the recovery hosts has a network connection, on the port that it had
      And vCloud Director shows its vApps as before
      And the "protected" site answers nobody
      And nothing else has changed
