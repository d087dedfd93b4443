"""Training: many updates in one compiled loop, runs that stop anywhere and go on exactly."""
