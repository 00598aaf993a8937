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
        # Not 'exit': that ends only the script, and an engine it is embedded in would take it for done.
        throw "dotnet $args failed with exit code $LASTEXITCODE."
    }
}

Invoke-DotNet build "$PSScriptRoot/Openlayer.sln" --configuration $Configuration

if (-not $SkipTests) {
    # The test programs themselves: the runner of 'dotnet test' is set in global.json, which is looked up from the current directory.
    foreach ($tests in 'Openlayer.Interception.Tests', 'Openlayer.Interception.Tests/Azure') {
        Invoke-DotNet run --project "$PSScriptRoot/$tests" --configuration $Configuration --no-build
    }
}

if (-not $SkipPack) {
    Invoke-DotNet pack "$PSScriptRoot/Openlayer.Interception" --configuration $Configuration --no-build --output "$PSScriptRoot/artifacts/packages"
}
