global using LockGrains.Core;
global using LockGrains.Testing;
global using Xunit;
