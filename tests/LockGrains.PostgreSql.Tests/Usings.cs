global using LockGrains.Core;
global using LockGrains.TestKit;
global using LockGrains.TestKit.Servers;
global using Xunit;
