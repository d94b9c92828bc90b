global using LockGrains.Core;
global using LockGrains.Testing;
global using LockGrains.Testing.Servers;
global using Xunit;
