# Builds, tests and packs into artifacts/packages. Stops at the first failing command with a non-zero exit code.
# Uses full paths to run from any directory, and no cmdlets to run in any PowerShell engine.
param(
    [string] $Configuration = 'Release',
    [switch] $SkipTests,
    [switch] $SkipPack
)

function Invoke-DotNet {
    & dotnet @args
    if ($LASTEXITCODE -ne 0) {
        # Not 'exit': it ends only the script, which a host that embeds the engine would take for success.
        throw "dotnet $args failed with exit code $LASTEXITCODE."
    }
}

# The package carries compiled code, whose compiler the restore downloads.
$readyToRun = if ($SkipPack) { 'false' } else { 'true' }
Invoke-DotNet build "$PSScriptRoot/Openlayer.sln" --configuration $Configuration "-p:CompileReadyToRun=$readyToRun"

if (-not $SkipTests) {
    # Runs the test programs directly: 'dotnet test' reads its runner from global.json, which it finds only from the current directory.
    foreach ($tests in 'Openlayer.Interception.Tests', 'Openlayer.Interception.Tests/Azure') {
        Invoke-DotNet run --project "$PSScriptRoot/$tests" --configuration $Configuration --no-build
    }
}

if (-not $SkipPack) {
    Invoke-DotNet pack "$PSScriptRoot/Openlayer.Interception" --configuration $Configuration --no-build "-p:CompileReadyToRun=$readyToRun" --output "$PSScriptRoot/artifacts/packages"
}
