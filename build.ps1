# Builds, tests and packs into artifacts/packages. Stops at the first command that fails, with a non-zero exit code.
# Full paths, so that it runs from any directory; no cmdlets, so that any PowerShell engine runs it.
param(
    [string] $Configuration = 'Release',
    [switch] $SkipTests,
    [switch] $SkipPack
)

function Invoke-DotNet {
    & dotnet @args
    if ($LASTEXITCODE -ne 0) {
        # Not 'exit': it ends only the script, and a host that embeds the engine would take that for success.
        throw "dotnet $args failed with exit code $LASTEXITCODE."
    }
}

Invoke-DotNet build "$PSScriptRoot/Openlayer.sln" --configuration $Configuration

if (-not $SkipTests) {
    # Runs the test programs directly: 'dotnet test' takes its runner from global.json, which it finds from the current directory only.
    foreach ($tests in 'Openlayer.Interception.Tests', 'Openlayer.Interception.Tests/Azure') {
        Invoke-DotNet run --project "$PSScriptRoot/$tests" --configuration $Configuration --no-build
    }
}

if (-not $SkipPack) {
    Invoke-DotNet pack "$PSScriptRoot/Openlayer.Interception" --configuration $Configuration --no-build --output "$PSScriptRoot/artifacts/packages"
}
