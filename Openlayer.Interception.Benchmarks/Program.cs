using BenchmarkDotNet.Running;
using Openlayer.Interception.Benchmarks;

BenchmarkSwitcher.FromAssembly(typeof(CallBenchmarks).Assembly).Run(args);
