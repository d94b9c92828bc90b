return LockGrains.Simulation.Simulator.Run(args);
