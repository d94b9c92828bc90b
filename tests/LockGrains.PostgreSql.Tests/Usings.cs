global using LockGrains.Core;
global using Xunit;
